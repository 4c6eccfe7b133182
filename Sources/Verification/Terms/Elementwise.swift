import Tensors

/// A function of one number, applied to each component.
struct Elementwise: Operation {
  let function: any ElementaryFunction

  var identity: String? { function.name }
  var stored: StoredOperation { .init(function.name) }
  func width(of operands: [Int]) -> Int { operands[0] }

  func value(_ operands: [Tensor]) -> Tensor { function.value(operands[0]) }
  func interval(_ operands: [Interval]) -> Interval { function.range(over: operands[0]) }

  func form(_ operands: [LinearForm]) -> LinearForm {
    let x = operands[0]
    let values = function.range(over: x.range)
    let linear = function.relaxation(over: x.range, values: values)
      .narrowed(to: values, over: x.range)
    let (shift, size) = (linear.offset.middle, linear.slope.magnitude)
    // Without a slope nothing comes from x, whatever its rest.
    let radius =
      linear.offset.halfWidth
      + (size * x.total + linear.offset.magnitude) * Rounding.factor(x.dimension + 8)
      + Rounding.smallest
    return LinearForm(
      center: x.center * linear.slope + shift, slopes: x.slopes * linear.slope,
      radius: x.radius * size + radius, within: values,
      step: Linearization(slopes: [linear.slope], shift: shift, radius: radius))
  }

  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] {
    function.derivative(at: operands[0], value: result).map { [derivative * $0] } ?? [nil]
  }

  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] {
    [coefficients * form.step!.slopes![0]]
  }
}
