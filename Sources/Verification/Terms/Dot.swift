import Tensors

/// Σ x_k y_k, one number.
struct Dot: Operation {
  var identity: String? { "dot" }
  var stored: StoredOperation { .init("dot") }
  func width(of operands: [Int]) -> Int { 1 }

  func value(_ operands: [Tensor]) -> Tensor {
    (operands[0] * operands[1]).sum(along: 1, keeping: true)
  }

  func interval(_ operands: [Interval]) -> Interval {
    let products = operands[0] * operands[1]
    let margin =
      products.magnitude.sum(along: 1, keeping: true)
      * Rounding.factor(products.lower.shape[1] + 2)
    return Interval(
      products.lower.sum(along: 1, keeping: true), products.upper.sum(along: 1, keeping: true)
    ).widened(by: margin)
  }

  func form(_ operands: [LinearForm]) -> LinearForm {
    let (x, y) = (operands[0], operands[1])
    let product = BilinearRest(x, y, isSummed: true)
    func total(_ values: Tensor, _ axis: Int = 1) -> Tensor {
      values.sum(along: axis, keeping: true)
    }
    let center = total(x.center * y.center)
    return LinearForm(
      center: center + product.middle,
      slopes: total(x.slopes * y.center + y.slopes * x.center, 2),
      radius: product.crossed + product.radius, within: interval([x.range, y.range]),
      step: Linearization(
        slopes: [y.center, x.center], shift: product.middle - center, radius: product.radius))
  }

  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] {
    [derivative * operands[1], derivative * operands[0]]
  }

  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] {
    form.step!.slopes!.map { coefficients * $0 }
  }
}
