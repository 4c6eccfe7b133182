import Settings

/// The damping g of a contractive Hamiltonian field (J - g I) ∇H, chosen by the bounds c_1 and c_2
/// between which the eigenvalues of the Hessian of H stay.
///
/// **Rate.** The field's Jacobian is A = (J - g I) P with P = ∇²H, c_1 ≤ P ≤ c_2. For a unit vector
/// v, let p = v·Pv. As Jv is a unit vector orthogonal to v, v·JPv = -Jv·Pv is at most the length of
/// the part of Pv that is orthogonal to v, whose square |Pv|² - p² is at most (p - c_1)(c_2 - p). So
///
///     v·Av ≤ max_p  -g p + √((p - c_1)(c_2 - p)) = -ρ,   ρ = g m - r √(1 + g²),
///
/// with m = (c_1 + c_2) / 2 and r = (c_2 - c_1) / 2: trajectories approach each other at least as
/// e^{-ρt} in the Euclidean norm (and no better can be said from c_1 and c_2 alone: in the plane,
/// P = diag(c_1, c_2) attains it). ρ is positive from g* = (c_2 - c_1) / (2 √(c_1 c_2)) on, which is
/// the first of the published formulas. The derivation is ours; the paper could not be read.
public struct HamiltonianDamping: Codable, Sendable, Hashable {
  @Setting(
    "classification (code, MNIST), least (code, plane; the smallest that does not expand) or rate")
  public var formula = Formula.classification
  @Setting("ε of the published formulas (code: 1e-6 and 1e-9)", .shareBelowOne)
  public var margin = 1e-6
  @Setting("ρ of formula rate: contraction as e^{-ρt}", .positive)
  public var rate = 1.0

  /// With α = (c_2 - c_1) / (c_2 + c_1).
  public enum Formula: String, Codable, Sendable, CaseIterable {
    /// √((α² - ε) / (1 - α² - ε)): the code's for the plane, with ε = 1e-9. But for ε it is g*, at
    /// which trajectories need not approach each other, only not separate.
    case least
    /// 1 / √(1 - α² - ε): the code's for MNIST, with ε = 1e-6. But for ε, g² = 1 + g*².
    case classification
    /// The g that gives ρ: (m ρ + r √(ρ² + c_1 c_2)) / (c_1 c_2). Derived, not published.
    case rate
  }

  public init() {}

  /// g for eigenvalues in [c_1, c_2], 0 < c_1 ≤ c_2.
  public func gain(_ lower: Double, _ upper: Double) -> Double {
    let (middle, radius) = Self.middleAndRadius(lower, upper)
    // 1 - α², without cancellation.
    let rest = lower * upper / (middle * middle)
    // Where ε is more than there is to divide by, half of that is left.
    let denominator = max(rest - margin, rest / 2)
    switch formula {
    case .least: return (max(1 - rest - margin, 0) / denominator).squareRoot()
    case .classification: return 1 / denominator.squareRoot()
    case .rate:
      let product = lower * upper
      return (middle * rate + radius * (rate * rate + product).squareRoot()) / product
    }
  }

  /// ρ = g m - r √(1 + g²).
  public static func rate(gain: Double, _ lower: Double, _ upper: Double) -> Double {
    let (middle, radius) = middleAndRadius(lower, upper)
    return gain * middle - radius * (1 + gain * gain).squareRoot()
  }

  private static func middleAndRadius(_ lower: Double, _ upper: Double) -> (Double, Double) {
    ((lower + upper) / 2, (upper - lower) / 2)
  }
}
