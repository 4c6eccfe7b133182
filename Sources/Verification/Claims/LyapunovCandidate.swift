import Tensors

/// A function that is to prove a region: the largest of several quotients,
///
///     W(x) = max_j n_j(x) / d_j(x),  n_j ≥ 0, d_j > 0.
///
/// A plain Lyapunov function V is the one quotient V / 1. Where several are largest, W falls if all of
/// them do.
public struct LyapunovCandidate: Sendable {
  public struct Quotient: Sendable {
    public let numerator: Term
    /// nil for 1.
    public let denominator: Term?

    public init(_ numerator: Term, over denominator: Term? = nil) {
      precondition(
        numerator.width == 1 && denominator?.width ?? 1 == 1,
        "a quotient of more than one component")
      self.numerator = numerator
      self.denominator = denominator
    }
  }

  public let quotients: [Quotient]

  public init(_ quotients: [Quotient]) {
    precondition(!quotients.isEmpty, "no quotient")
    self.quotients = quotients
  }

  /// A plain Lyapunov function.
  public init(_ value: Term) { self.init([Quotient(value)]) }

  /// W, as one term.
  public var value: Term {
    let terms = quotients.map { quotient in
      quotient.denominator.map { quotient.numerator / $0 } ?? quotient.numerator
    }
    return terms.dropFirst().reduce(terms[0]) { $0.maximum($1) }
  }

  /// What is below 0 where quotient j is above a level: level d_j - n_j.
  func exclusion(_ j: Int, above level: Double) -> Statement.Alternative {
    let quotient = quotients[j]
    // Without a denominator the level is a threshold, which a search can move.
    guard let denominator = quotient.denominator else {
      return .init(-quotient.numerator, below: -level)
    }
    return .init(denominator * level - quotient.numerator)
  }

  /// What has the sign of d/dt n_j / d_j along a field, for d_j > 0: n_j' d_j - n_j d_j'.
  func rate(_ j: Int, along field: Term) -> Term {
    let quotient = quotients[j]
    let rise = quotient.numerator.rate(along: field)
    guard let denominator = quotient.denominator else { return rise }
    return rise * denominator - quotient.numerator * denominator.rate(along: field)
  }

  /// What is below 0 where quotient j is below quotient k.
  func difference(_ j: Int, _ k: Int) -> Term {
    let (own, other) = (quotients[j], quotients[k])
    if own.numerator.node === other.numerator.node {
      return (other.denominator ?? .constant(1)) - (own.denominator ?? .constant(1))
    }
    func product(_ a: Term, _ b: Term?) -> Term { b.map { a * $0 } ?? a }
    return product(own.numerator, other.denominator) - product(other.numerator, own.denominator)
  }
}
