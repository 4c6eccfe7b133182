import Tensors

/// What is to be proven over boxes: at each place at least one of several numbers is below its threshold,
///
///     for all x in the domain there is a k with g_k(x) < t_k.
public struct Statement: Sendable {
  /// One alternative: g(x) < threshold.
  public struct Alternative: Sendable {
    /// One component.
    public let term: Term
    /// What the component is to be below.
    public var threshold: Double

    /// - Precondition: the term has one component.
    public init(_ term: Term, below threshold: Double = 0) {
      precondition(term.width == 1, "an alternative of \(term.width) components")
      self.term = term
      self.threshold = threshold
    }
  }

  /// Where it is to hold; all boxes together.
  public let domain: Boxes
  /// The g_k, made ready to be computed.
  public let program: Program
  /// t_k.
  public var thresholds: [Double]

  /// A statement of as many alternatives as are given, with g_k and t_k in their order.
  public init(over domain: Boxes, anyOf alternatives: [Alternative]) {
    self.domain = domain
    program = Program(dimension: domain.dimension, outputs: alternatives.map(\.term))
    thresholds = alternatives.map(\.threshold)
  }

  private var limits: Tensor { Tensor(thresholds, shape: [1, thresholds.count]) }

  /// The numbers g_k at places [N, d]: [N, K].
  func values(at places: Tensor) -> Tensor {
    .concatenated(program.values(at: places), along: 1)
  }

  /// Whether the statement is false at places [N, d], in float64: [N] bool.
  public func isViolated(at places: Tensor) -> Tensor { isViolated(by: values(at: places)) }

  func isViolated(by values: Tensor) -> Tensor { (values .>= limits).all(along: 1) }

  /// Whether upper bounds [N, K] of the g_k prove the statement over their boxes, [N] bool.
  func isProven(by upper: Tensor) -> Tensor { (upper .< limits).any(along: 1) }

  /// How far upper bounds are from the nearest proof, as a share of the bounds' width: [N, K].
  func distance(_ range: Interval) -> Tensor {
    (range.upper - limits) / (range.upper - range.lower).maximum(1e-300)
  }
}
