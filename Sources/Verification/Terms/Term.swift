import Tensors

/// A symbolic vector of numbers that depend on a place x: what formulas and networks are written in, and
/// programs are made of.
///
///     let x = Term.state(2)
///     let V = x[0].squared + x[0] * x[1] + 2 * x[1].squared
///     let field = Term.concatenated([-x[1], x[0] - (1 - x[0].squared) * x[1]])
///     let rate = V.gradient().dot(field)
///
/// Terms are immutable; what several of them share is computed once. Numbers are meant exactly as they
/// are in float64.
public struct Term: Sendable {
  final class Node: Sendable {
    let operation: any Operation
    let operands: [Node]
    let width: Int
    /// Where the term comes from, such as a place in a formula.
    let label: String?

    init(_ operation: any Operation, _ operands: [Node], label: String? = nil) {
      self.operation = operation
      self.operands = operands
      self.label = label
      width = operation.width(of: operands.map(\.width))
    }
  }

  let node: Node

  init(node: Node) { self.node = node }

  init(_ operation: any Operation, _ operands: [Term]) {
    node = Node(operation, operands.map(\.node))
  }

  /// The number of components.
  public var width: Int { node.width }

  /// The place x itself, of `dimension` coordinates. All terms of a program have the same.
  public static func state(_ dimension: Int) -> Term { Term(State(dimension: dimension), []) }

  /// Numbers that are the same everywhere.
  public static func constant(_ values: [Double]) -> Term { Term(Constant(values: values), []) }
  public static func constant(_ value: Double) -> Term { constant([value]) }

  /// The same term with a name by which `Program.firstUnbounded` refers to it.
  public func labelled(_ label: String) -> Term {
    Term(node: Node(node.operation, node.operands, label: label))
  }

  /// The values where they are the same everywhere and no computation is needed to tell.
  var constantValues: [Double]? { (node.operation as? Constant)?.values }
}

// MARK: - Arrangement

extension Term {
  /// One component.
  ///
  /// - Precondition: it is in `0..<width`.
  public subscript(_ index: Int) -> Term { self[index..<index + 1] }

  /// Consecutive components.
  public subscript(_ range: Range<Int>) -> Term { selecting(Array(range)) }

  /// The components at the given positions.
  public func selecting(_ indices: [Int]) -> Term {
    precondition(
      indices.allSatisfy { (0..<width).contains($0) }, "components \(indices) of \(width)")
    if indices == Array(0..<width) { return self }
    if let values = constantValues { return .constant(indices.map { values[$0] }) }
    return Term(Selection(indices), [self])
  }

  /// The components of all terms, one after the other.
  public static func concatenated(_ terms: [Term]) -> Term {
    terms.count == 1 ? terms[0] : Term(Concatenation(), terms)
  }

  /// One component as often as wanted.
  func repeated(_ count: Int) -> Term {
    width == count ? self : selecting([Int](repeating: 0, count: count))
  }
}

// MARK: - Arithmetic

extension Term {
  /// W x + b with W [m, width] and b [m], float64.
  public func linear(weight: Tensor, bias: Tensor? = nil) -> Term {
    precondition(
      weight.dtype == .float64 && weight.shape.last == width,
      "weight \(weight.dtype) \(weight.shape) for \(width) components")
    return Term(Affine(weight: weight, bias: bias), [self])
  }

  /// Each component times a number of its own.
  public func scaled(by weights: [Double]) -> Term {
    precondition(weights.count == width, "\(weights.count) weights for \(width) components")
    return weights.allSatisfy { $0 == 1 }
      ? self : Term(Scaling(weights: weights, shift: nil), [self])
  }

  /// The sum of all components.
  public var sum: Term {
    width == 1 ? self : linear(weight: .ones([1, width], dtype: .float64))
  }

  /// Σ x_k y_k, bounded as a whole.
  public func dot(_ other: Term) -> Term {
    precondition(width == other.width, "dot of \(width) and \(other.width) components")
    if width == 1 { return self * other }
    for (term, values) in [(other, constantValues), (self, other.constantValues)] {
      if let values { return term.linear(weight: Tensor(values, shape: [1, width])) }
    }
    return Term(Dot(), [self, other])
  }

  private static func combined(_ a: Term, _ b: Term, _ sign: Double) -> Term {
    let width = max(a.width, b.width)
    if b.isZero { return a.repeated(width) }
    if a.isZero && sign == 1 { return b.repeated(width) }
    if let values = b.repeated(width).constantValues {
      return Term(
        Scaling(weights: .init(repeating: 1, count: width), shift: values.map { $0 * sign }),
        [a.repeated(width)])
    }
    if let values = a.repeated(width).constantValues {
      return Term(
        Scaling(weights: .init(repeating: sign, count: width), shift: values),
        [b.repeated(width)])
    }
    return Term(Sum(coefficients: [1, sign]), [a.repeated(width), b.repeated(width)])
  }

  var isZero: Bool { constantValues?.allSatisfy { $0 == 0 } ?? false }

  /// -x.
  public static prefix func - (x: Term) -> Term { x * -1 }
  /// The sum of components; a term of one component is added to all of the other.
  public static func + (a: Term, b: Term) -> Term { combined(a, b, 1) }
  /// The difference of components, likewise.
  public static func - (a: Term, b: Term) -> Term { combined(a, b, -1) }

  /// The product of components; a term of one component multiplies all of the other.
  public static func * (a: Term, b: Term) -> Term {
    precondition(
      a.width == b.width || a.width == 1 || b.width == 1,
      "product of \(a.width) and \(b.width) components")
    let width = max(a.width, b.width)
    for (term, factor) in [(a, b), (b, a)] {
      guard let values = factor.repeated(width).constantValues else { continue }
      if values.allSatisfy({ $0 == 0 }) { return .constant(values) }
      if values.allSatisfy({ $0 == 1 }) { return term.repeated(width) }
      return term.repeated(width).scaled(by: values)
    }
    if a.node === b.node { return a.squared }
    return Term(Product(), [a, b])
  }
  /// The quotient of components; nothing is known where a divisor may be 0.
  public static func / (a: Term, b: Term) -> Term { a * b.reciprocal }

  /// Each component plus a number.
  public static func + (a: Term, b: Double) -> Term { a + constant(b) }
  /// Each component less a number.
  public static func - (a: Term, b: Double) -> Term { a + constant(-b) }
  public static func * (a: Term, b: Double) -> Term { a * constant(b) }
  /// Each component divided by a number.
  public static func / (a: Term, b: Double) -> Term { a / constant(b) }
  /// A number plus each component.
  public static func + (a: Double, b: Term) -> Term { b + a }
  /// A number less each component.
  public static func - (a: Double, b: Term) -> Term { constant(a) - b }
  public static func * (a: Double, b: Term) -> Term { b * a }
  /// A number divided by each component; nothing is known where one may be 0.
  public static func / (a: Double, b: Term) -> Term { constant(a) / b }
}
