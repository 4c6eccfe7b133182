import Tensors

/// Bounds of one output of a program over N boxes.
public struct Enclosure: Sendable {
  /// -∞ and ∞ where nothing is known; [N, k].
  public let range: Interval
  /// How much the output changes linearly along each side of the box, at most: [d, N, k]; nil where a
  /// method does not know.
  public let influence: Tensor?

  init(_ range: Interval, influence: Tensor? = nil, count: Int) {
    let known = range.known
    let shape = [count, known.lower.shape[1]]
    self.range = Interval(known.lower.expanded(shape), known.upper.expanded(shape))
    self.influence = influence.map { $0.expanded([$0.shape[0]] + shape) }
  }
}

/// A way to bound the outputs of a program over boxes. Bounds hold for the exact functions, rounding
/// included.
public protocol BoundMethod: Sendable {
  /// What encloses each output of a program over boxes; what does not depend on the boxes is done once.
  func prepared(for program: Program) -> @Sendable (Boxes) -> [Enclosure]
}

extension BoundMethod {
  /// An enclosure for each output over each box.
  public func enclosures(of program: Program, over boxes: Boxes) -> [Enclosure] {
    prepared(for: program)(boxes)
  }
}

/// Each step's range from the ranges of its operands. Cheap, and right to first order in the box's size.
public struct IntervalBounds: BoundMethod {
  public init() {}

  public func prepared(for program: Program) -> @Sendable (Boxes) -> [Enclosure] {
    { boxes in
      let ranges = withoutGradients { program.ranges(over: boxes) }
      return program.outputs.map { Enclosure(ranges[$0], count: boxes.count) }
    }
  }
}

extension Program {
  /// The range of each step by interval arithmetic.
  func ranges(over boxes: Boxes) -> [Interval] {
    run(state: Interval(boxes.lower, boxes.upper), constant: { Interval($0.row) }) {
      $0.interval($1)
    }
  }

  /// The first step of which nothing is known over some of the boxes although all before it is bounded:
  /// a division by what may be 0, a logarithm of what may not be positive. Its label, or nil where it has
  /// none or everything is bounded.
  public func firstUnbounded(over boxes: Boxes) -> String? {
    let ranges = withoutGradients { self.ranges(over: boxes) }
    let first = steps.indices.first { !(ranges[$0].lower + ranges[$0].upper).isFinite.all().isTrue }
    return first.flatMap { steps[$0].label }
  }
}
