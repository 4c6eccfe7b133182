import Tensors

/// An operation as a file has it: its name and its numbers.
struct StoredOperation {
  let name: String
  /// float64, such as the weight and the bias of an affine map.
  let numbers: [Tensor]

  init(_ name: String, _ numbers: [Tensor] = []) {
    self.name = name
    self.numbers = numbers
  }

  func isSame(as other: StoredOperation) -> Bool {
    name == other.name && numbers.map(\.shape) == other.numbers.map(\.shape)
      && numbers.map(\.doubles) == other.numbers.map(\.doubles)
  }

  /// The functions of one number, by name.
  private static let functions: [String: any ElementaryFunction] = {
    let all: [any ElementaryFunction] = [
      Exponential(), Logarithm(), SquareRoot(), Reciprocal(), Square(), Wave(kind: .sin),
      Wave(kind: .cos), Tangent(), Tanh(), SquaredSecant(), Softplus(), Magnitude(), Relu(), Step(),
    ]
    let powers = (3...64).map { Power(exponent: $0) as any ElementaryFunction }
    return Dictionary(uniqueKeysWithValues: (all + powers).map { ($0.name, $0) })
  }()

  /// The term that this operation makes of operands; nil if it cannot be applied to them. Nothing about
  /// it is trusted.
  ///
  /// - Parameter dimension: of the state.
  func applied(to operands: [Term], dimension: Int) -> Term? {
    guard numbers.allSatisfy({ $0.dtype == .float64 && $0.isFinite.all().isTrue }) else {
      return nil
    }
    let widths = operands.map(\.width)
    let values = numbers.map(\.doubles)
    switch (name, operands.count, numbers.count) {
    case ("state", 0, 0): return .state(dimension)
    case ("constant", 0, 1): return values[0].isEmpty ? nil : .constant(values[0])
    case ("affine", 1, 1...2):
      let shape = numbers[0].shape
      guard shape.count == 2, shape[0] > 0, shape[1] == widths[0],
        numbers.count == 1 || numbers[1].shape == [shape[0]]
      else { return nil }
      return Term(Affine(weight: numbers[0], bias: numbers.count > 1 ? numbers[1] : nil), operands)
    case ("scaling", 1, 1...2):
      guard values.allSatisfy({ $0.count == widths[0] }) else { return nil }
      return Term(Scaling(weights: values[0], shift: values.count > 1 ? values[1] : nil), operands)
    case ("sum", 1..., 1):
      guard values[0].count == widths.count, Set(widths).count == 1 else { return nil }
      return Term(Sum(coefficients: values[0]), operands)
    case ("product", 2, 0):
      return widths[0] == widths[1] || widths.contains(1) ? Term(Product(), operands) : nil
    case ("dot", 2, 0): return widths[0] == widths[1] ? Term(Dot(), operands) : nil
    case ("maximum", 2, 0): return widths[0] == widths[1] ? Term(Maximum(), operands) : nil
    case ("selection", 1, 1):
      let indices = values[0].compactMap(Int.init(exactly:))
      let isWithin = indices.allSatisfy { (0..<widths[0]).contains($0) }
      guard !indices.isEmpty, indices.count == values[0].count, isWithin else { return nil }
      return Term(Selection(indices), operands)
    case ("concatenation", 1..., 0): return Term(Concatenation(), operands)
    case (_, 1, 0):
      return Self.functions[name].map { Term(Elementwise(function: $0), operands) }
    default: return nil
    }
  }
}
