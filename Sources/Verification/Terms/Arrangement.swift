import Tensors

/// Components at given positions.
struct Selection: Operation {
  let indices: [Int]
  private let positions: Tensor

  init(_ indices: [Int]) {
    self.indices = indices
    positions = Tensor(indices.map(Int64.init))
  }

  var identity: String? { "selection \(indices)" }
  var stored: StoredOperation { .init("selection", [Tensor(indices.map(Double.init))]) }
  func width(of operands: [Int]) -> Int { indices.count }

  func value(_ operands: [Tensor]) -> Tensor { operands[0].selecting(positions, along: 1) }
  func interval(_ operands: [Interval]) -> Interval {
    Interval(value([operands[0].lower]), value([operands[0].upper]))
  }
  func form(_ operands: [LinearForm]) -> LinearForm {
    let x = operands[0]
    return LinearForm(
      center: value([x.center]), slopes: x.slopes.selecting(positions, along: 2),
      radius: value([x.radius]), within: interval([x.range]), step: Linearization())
  }
  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] {
    var rows = [Double](repeating: 0, count: operands[0].width * indices.count)
    for (column, index) in indices.enumerated() { rows[index * indices.count + column] = 1 }
    return [derivative.linear(weight: Tensor(rows, shape: [operands[0].width, indices.count]))]
  }
  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] {
    let empty = Tensor.zeros(
      Array(coefficients.shape.dropLast()) + [operands[0].width], dtype: .float64)
    return [empty.adding(coefficients, at: positions, along: 2)]
  }
  func roundingMargin(_ operands: [LinearForm]) -> Tensor {
    // Backwards, what is selected several times is summed.
    value([operands[0].total]) * Rounding.factor(indices.count + 2 * operands[0].dimension + 8)
  }
}

/// The components of all operands, one after the other.
struct Concatenation: Operation {
  var identity: String? { "concatenation" }
  var stored: StoredOperation { .init("concatenation") }
  func width(of operands: [Int]) -> Int { operands.reduce(0, +) }

  /// Rows that stand for all boxes are repeated where others do not.
  private func joined(_ parts: [Tensor], rows axis: Int = 0) -> Tensor {
    let count = parts.map { $0.shape[axis] }.max()!
    let whole = parts.map { part in
      var shape = part.shape
      shape[axis] = count
      return part.expanded(shape)
    }
    return .concatenated(whole, along: axis + 1)
  }

  func value(_ operands: [Tensor]) -> Tensor { joined(operands) }
  func interval(_ operands: [Interval]) -> Interval {
    Interval(joined(operands.map(\.lower)), joined(operands.map(\.upper)))
  }
  func form(_ operands: [LinearForm]) -> LinearForm {
    LinearForm(
      center: joined(operands.map(\.center)), slopes: joined(operands.map(\.slopes), rows: 1),
      radius: joined(operands.map(\.radius)), within: interval(operands.map(\.range)),
      step: Linearization())
  }
  func pullback(_ derivative: Term, operands: [Term], result: Term) -> [Term?] {
    var start = 0
    return operands.map { operand in
      defer { start += operand.width }
      return derivative[start..<start + operand.width]
    }
  }
  func transposed(
    _ coefficients: Tensor, through form: LinearForm, of operands: [LinearForm]
  ) -> [Tensor] {
    var start = 0
    return operands.map { operand in
      defer { start += operand.width }
      return coefficients.sliced(start..<start + operand.width, along: 2)
    }
  }
  func roundingMargin(_ operands: [LinearForm]) -> Tensor {
    joined(operands.map(\.total)) * Rounding.factor(2 * operands[0].dimension + 8)
  }
}
