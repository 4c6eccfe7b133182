import Foundation

/// Lower bounds of the probability that no point of one random set lies in the convex hull of
/// another, so that some convex function is below a level on the one and above it on the other.
///
/// N points X₁ and M points X₂ are drawn independently and uniformly from [-1, 1]^d.
public struct SeparabilityBound: Sendable, Hashable {
  /// d.
  public let dimension: Int
  /// N, the points whose hull is meant.
  public let pointCount: Int
  /// M, the points that are to lie outside.
  public let otherCount: Int

  /// - Precondition: all three are positive.
  public init(dimension: Int, pointCount: Int, otherCount: Int) {
    precondition(
      dimension > 0 && pointCount > 0 && otherCount > 0,
      "SeparabilityBound: d = \(dimension), N = \(pointCount), M = \(otherCount)")
    self.dimension = dimension
    self.pointCount = pointCount
    self.otherCount = otherCount
  }

  /// Whether P = 1 whatever N and M are: N points span at most N - 1 dimensions, and a point drawn
  /// from [-1, 1]^d lies in a flat of fewer than d dimensions with probability 0.
  ///
  /// The paper asks for d ≥ N + 1, one more than is needed.
  public var isCertain: Bool { dimension >= pointCount }

  /// Proposition 2 of the Zubov-Net paper: 1 if d ≥ N + 1, else (1 - ((N - 1)/(N + 1))^d)^M.
  ///
  /// Its proof separates each point of X₂ by a single coordinate: ((N - 1)/(N + 1))^d is the
  /// probability that a point lies in the smallest box around X₁. It holds without the paper's
  /// assumption M ≥ N.
  public var proposition: Double { exp(logProposition) }

  /// ln of `proposition`, which is too small for a floating-point number at the sizes of data sets.
  public var logProposition: Double {
    if dimension >= pointCount + 1 { return 0 }
    let n = Double(pointCount)
    return logOfNone(log((n - 1) / (n + 1)) * Double(dimension))
  }

  /// A bound by half-spaces that are not along the axes: (1 - min(1, N γ^d))^M with
  /// γ = ∫₀¹ exp(-3t²/2) dt ≈ 0.663.
  ///
  /// Basin's own, by the paper's way through single points. If y lies in the hull of X₁ then
  /// ⟨x, y⟩ ≥ ‖y‖² for some x of X₁. A coordinate of x is uniform on [-1, 1] and has
  /// E exp(λ x_k) = sinh(λ)/λ ≤ exp(λ²/6), so that by Chernoff's bound with λ = 3 each x does this
  /// with probability at most exp(-3‖y‖²/2), of which γ^d is the mean over y. The union over N
  /// points bounds the probability that y lies in the hull; Jensen's inequality gives the power M,
  /// as in the paper.
  public var halfSpaces: Double { exp(logHalfSpaces) }

  /// ln of `halfSpaces`.
  public var logHalfSpaces: Double {
    let logOfOne = log(Double(pointCount)) + log(Self.gamma) * Double(dimension)
    return logOfOne >= 0 ? -.infinity : logOfNone(logOfOne)
  }

  /// √(π/6) erf(√(3/2)).
  private static let gamma = (Double.pi / 6).squareRoot() * erf(1.5.squareRoot())

  /// ln (1 - e^p)^M.
  private func logOfNone(_ p: Double) -> Double {
    // Near 0, 1 - e^p loses its digits in the one form; for very negative p, in the other.
    Double(otherCount) * (p > -0.7 ? log(-expm1(p)) : log1p(-exp(p)))
  }
}
