import Tensors

/// Σ_j a_j x_j of operands of one width.
struct Sum: Operation {
  let coefficients: [Double]

  var identity: String? { "sum \(coefficients)" }
  var stored: StoredOperation { .init("sum", [Tensor(coefficients)]) }
  func width(of operands: [Int]) -> Int { operands[0] }

  func value(_ operands: [Tensor]) -> Tensor {
    let terms = zip(operands, coefficients).map(Self.scaled)
    return terms.dropFirst().reduce(terms[0], +)
  }

  private static func scaled(_ x: Tensor, _ factor: Double) -> Tensor {
    factor == 1 ? x : factor == -1 ? -x : x * factor
  }

  func interval(_ operands: [Interval]) -> Interval {
    let terms = zip(operands, coefficients).map { $1 == 1 ? $0 : $0 * $1 }
    return terms.dropFirst().reduce(terms[0], +)
  }

  func form(_ operands: [LinearForm]) -> LinearForm {
    let factor = Rounding.factor(operands.count + operands[0].dimension + 6)
    let sizes = coefficients.map(\.magnitude)
    let rests = zip(operands, sizes).map {
      Self.scaled($0.radius + $0.total * factor, $1)
    }
    return LinearForm(
      center: value(operands.map(\.center)), slopes: value(operands.map(\.slopes)),
      radius: rests.dropFirst().reduce(rests[0], +),
      within: interval(operands.map(\.range)), step: Linearization())
  }

  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] {
    coefficients.map { derivative * $0 }
  }

  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] {
    self.coefficients.map { Self.scaled(coefficients, $0) }
  }

  func roundingMargin(_ operands: [LinearForm]) -> Tensor {
    let factor = Rounding.factor(2 * operands.count + 2 * operands[0].dimension + 12)
    let terms = zip(operands, coefficients).map { Self.scaled($0.total, $1.magnitude * factor) }
    return terms.dropFirst().reduce(terms[0], +)
  }
}
