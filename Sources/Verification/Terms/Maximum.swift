import Tensors

/// max(x, y), componentwise.
struct Maximum: Operation {
  var identity: String? { "maximum" }
  var stored: StoredOperation { .init("maximum") }
  func width(of operands: [Int]) -> Int { operands[0] }

  func value(_ operands: [Tensor]) -> Tensor { operands[0].maximum(operands[1]) }
  func interval(_ operands: [Interval]) -> Interval { operands[0].maximum(operands[1]) }

  /// y + relu(x - y), the difference's range being right to second order.
  func form(_ operands: [LinearForm]) -> LinearForm {
    let (x, y) = (operands[0], operands[1])
    let difference = Sum(coefficients: [1, -1]).form([x, y])
    let gate = Relu().relaxation(
      over: difference.range, values: Relu().range(over: difference.range))
    let (own, other) = (gate.slope, 1 - gate.slope)
    let (shift, reach) = (gate.offset.middle, gate.offset.halfWidth)
    let radius = reach + (x.total + y.total) * Rounding.factor(x.dimension + 24)
    return LinearForm(
      center: x.center * own + y.center * other + shift,
      slopes: x.slopes * own + y.slopes * other,
      radius: x.radius * own + y.radius * other + radius,
      within: interval([x.range, y.range]),
      step: Linearization(slopes: [own, other], shift: shift, radius: radius))
  }

  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] {
    let first = (operands[0] - operands[1]).step
    return [derivative * first, derivative * (1 - first)]
  }

  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] {
    form.step!.slopes!.map { coefficients * $0 }
  }
}
