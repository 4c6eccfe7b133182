import Tensors

/// W x + b.
struct Affine: Operation {
  /// [m, k], float64.
  let weight: Tensor
  /// [m].
  let bias: Tensor?
  private let magnitudes: Tensor
  private let biasMagnitude: Tensor?

  init(weight: Tensor, bias: Tensor?) {
    self.weight = weight
    self.bias = bias
    magnitudes = weight.magnitude
    biasMagnitude = bias?.magnitude
  }

  var identity: String? {
    weight.count <= 16 ? "affine \(weight.shape) \(weight.doubles) \(bias?.doubles ?? [])" : nil
  }
  var stored: StoredOperation { .init("affine", [weight] + (bias.map { [$0] } ?? [])) }
  func width(of operands: [Int]) -> Int { weight.shape[0] }

  func value(_ operands: [Tensor]) -> Tensor { operands[0].linear(weight: weight, bias: bias) }

  func interval(_ operands: [Interval]) -> Interval {
    let (middle, half) = (operands[0].middle, operands[0].halfWidth)
    let center = value([middle])
    // One product for the reach and the rounding: |W| (h + ε (|m| + h)) + ε |b|.
    let factor = Rounding.factor(weight.shape[1] + 8)
    let reach = (half + (middle.magnitude + half) * factor).linear(
      weight: magnitudes, bias: biasMagnitude.map { $0 * factor })
    return Interval(center - reach, center + reach)
  }

  func form(_ operands: [LinearForm]) -> LinearForm {
    let x = operands[0]
    // One product for the rest and the rounding: |W| (r + ε t) + ε |b|.
    let factor = Rounding.factor(weight.shape[1] + x.dimension + 8)
    let rest = (x.radius + x.total * factor).linear(
      weight: magnitudes, bias: biasMagnitude.map { $0 * factor })
    return LinearForm(
      center: value([x.center]), slopes: x.slopes.linear(weight: weight), radius: rest,
      step: Linearization(shift: bias))
  }

  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] {
    [derivative.linear(weight: weight.transposed.contiguous())]
  }

  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] {
    [coefficients.matmul(weight)]
  }

  func roundingMargin(_ operands: [LinearForm]) -> Tensor {
    // Backwards, sums are over the rows of W.
    let roundings = weight.shape[0] + 2 * (weight.shape[1] + operands[0].dimension + 8)
    return operands[0].total.linear(weight: magnitudes, bias: biasMagnitude)
      * Rounding.factor(roundings)
  }
}
