import Tensors

/// A function that is to prove a region: the largest of several parts,
///
///     W(x) = max_j w_j(x),  w_j = n_j  or  w_j = n_j / (n_j + m_j).
///
/// A plain Lyapunov function V is one part without a rival. A part with a rival grows with n / m and stays
/// in [0, 1] for n, m ≥ 0: the cell in which V_i is the least of several functions is {max_j w_j < 1/2} with
/// n_j = V_i and m_j = V_j. Where several parts are largest, W falls if all of them do.
public struct LyapunovCandidate: Sendable {
  /// w = n / (n + m), or n where there is no rival.
  public struct Part: Sendable {
    /// n, one component.
    public let numerator: Term
    /// m; nil for a plain function.
    public let rival: Term?

    /// - Precondition: both terms have one component.
    public init(_ numerator: Term, against rival: Term? = nil) {
      precondition(
        numerator.width == 1 && rival?.width ?? 1 == 1, "a function of more than one component")
      self.numerator = numerator
      self.rival = rival
    }

    /// w.
    public var value: Term { rival.map { numerator / (numerator + $0) } ?? numerator }
  }

  /// The parts w_i, of which W is the largest; at least one.
  public let parts: [Part]

  /// - Precondition: there is a part.
  public init(_ parts: [Part]) {
    precondition(!parts.isEmpty, "no function")
    self.parts = parts
  }

  /// A plain Lyapunov function.
  public init(_ value: Term) { self.init([Part(value)]) }

  /// Numerators and rivals, part by part.
  var terms: [Term] { parts.flatMap { [$0.numerator] + ($0.rival.map { [$0] } ?? []) } }

  /// The same function written with other terms, as many as `terms`.
  func replacingTerms(with terms: [Term]) -> LyapunovCandidate {
    var rest = terms.makeIterator()
    return LyapunovCandidate(
      parts.map { Part(rest.next()!, against: $0.rival == nil ? nil : rest.next()!) })
  }

  /// W, as one term.
  public var value: Term {
    parts.dropFirst().reduce(parts[0].value) { $0.maximum($1.value) }
  }

  /// What has the sign of dw_j/dt along a field where n_j and m_j are above 0: n_j' m_j - n_j m_j'.
  func rate(_ j: Int, along field: Term) -> Term {
    let part = parts[j]
    let rise = part.numerator.rate(along: field)
    guard let rival = part.rival else { return rise }
    return rise * rival - part.numerator * rival.rate(along: field)
  }

  /// What is below 0 where part j is below part k, numerators and rivals being above 0.
  func difference(_ j: Int, _ k: Int) -> Term {
    if let own = parts[j].rival, let other = parts[k].rival,
      parts[j].numerator.node === parts[k].numerator.node
    {
      return other - own
    }
    return parts[j].value - parts[k].value
  }
}
