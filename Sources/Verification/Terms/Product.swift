import Tensors

/// x ∘ y; where one of them has one component, it stands for as many as the other has.
struct Product: Operation {
  var identity: String? { "product" }
  var stored: StoredOperation { .init("product") }
  func width(of operands: [Int]) -> Int { operands.max()! }

  func value(_ operands: [Tensor]) -> Tensor { operands[0] * operands[1] }
  func interval(_ operands: [Interval]) -> Interval { operands[0] * operands[1] }

  func form(_ operands: [LinearForm]) -> LinearForm {
    let (x, y) = (operands[0], operands[1])
    let product = BilinearRest(x, y)
    return LinearForm(
      center: x.center * y.center + product.middle,
      slopes: x.slopes * y.center + y.slopes * x.center,
      radius: product.crossed + product.radius, within: interval([x.range, y.range]),
      step: Linearization(
        slopes: [y.center, x.center], shift: product.middle - x.center * y.center,
        radius: product.radius))
  }

  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] {
    let pairs = [(operands[0], operands[1]), (operands[1], operands[0])]
    return pairs.map { own, other in
      own.width < result.width ? derivative.dot(other) : derivative * other
    }
  }

  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] {
    zip(form.step!.slopes!, operands).map { slope, operand in
      let product = coefficients * slope
      let isNarrow = operand.width < form.width
      return isNarrow ? product.sum(along: 2, keeping: true) : product
    }
  }
}
