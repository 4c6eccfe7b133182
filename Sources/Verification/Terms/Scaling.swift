import Tensors

/// w ∘ x + b.
struct Scaling: Operation {
  /// [k] each, float64.
  let weights: [Double]
  let shift: [Double]?

  private var row: Tensor { Tensor(weights, shape: [1, weights.count]) }
  private var shiftRow: Tensor? { shift.map { Tensor($0, shape: [1, $0.count]) } }

  var identity: String? {
    weights.count <= 16 ? "scaling \(weights) \(shift ?? [])" : nil
  }
  var stored: StoredOperation {
    .init("scaling", [Tensor(weights)] + (shift.map { [Tensor($0)] } ?? []))
  }
  func width(of operands: [Int]) -> Int { weights.count }

  func value(_ operands: [Tensor]) -> Tensor {
    let product = operands[0] * row
    return shiftRow.map { product + $0 } ?? product
  }

  func interval(_ operands: [Interval]) -> Interval {
    let product = operands[0] * row
    return shiftRow.map { product + Interval($0) } ?? product
  }

  func form(_ operands: [LinearForm]) -> LinearForm {
    let x = operands[0]
    let size = row.magnitude
    let factor = Rounding.factor(x.dimension + 6)
    var rest = size * (x.radius + x.total * factor) + Rounding.smallest
    var center = x.center * row
    if let shiftRow {
      center = center + shiftRow
      rest = rest + shiftRow.magnitude * factor
    }
    return LinearForm(
      center: center, slopes: x.slopes * row, radius: rest, within: interval([x.range]),
      step: Linearization(shift: shiftRow))
  }

  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] {
    [derivative.scaled(by: weights)]
  }

  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] {
    [coefficients * row]
  }

  func roundingMargin(_ operands: [LinearForm]) -> Tensor {
    var size = row.magnitude * operands[0].total
    if let shiftRow { size = size + shiftRow.magnitude }
    return size * Rounding.factor(2 * operands[0].dimension + 12) + Rounding.smallest
  }
}
