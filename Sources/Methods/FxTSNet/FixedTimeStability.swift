import Foundation

/// Fixed-time stability: where a Lyapunov function falls along trajectories as
///
///     dV/dt <= -α V^p - β V^q,    α, β > 0,  0 < p < 1 < q,
///
/// it is 0 after a time that no initial state exceeds (Polyakov 2012, "Nonlinear feedback design for
/// fixed-time stabilization of linear control systems").
public struct FixedTimeStability: Sendable, Hashable {
  /// α > 0, the rate that counts where V is below 1.
  public let alpha: Double
  /// β > 0, the rate that counts where V is above 1.
  public let beta: Double
  /// The exponent in (0, 1) by which V is 0 after a time.
  public let p: Double
  /// The exponent above 1 by which that time does not depend on V(0).
  public let q: Double

  /// - Precondition: α, β > 0 and 0 < p < 1 < q, all finite.
  public init(alpha: Double, beta: Double, p: Double, q: Double) {
    precondition(
      alpha > 0 && alpha.isFinite && beta > 0 && beta.isFinite && p > 0 && p < 1 && q > 1
        && q.isFinite,
      "FixedTimeStability: α \(alpha), β \(beta), p \(p), q \(q)")
    self.alpha = alpha
    self.beta = beta
    self.p = p
    self.q = q
  }

  /// p = 1 - 1/μ, q = 1 + 1/μ and α = β = μπ/(2T), so that V is 0 at T from any initial state, and
  /// no smaller time would do.
  ///
  /// - Precondition: μ > 1 and T > 0.
  public init(time: Double, mu: Double) {
    let rate = mu * .pi / (2 * time)
    self.init(alpha: rate, beta: rate, p: 1 - 1 / mu, q: 1 + 1 / mu)
  }

  /// The least time after which V is 0 whatever its initial value, where the condition holds with
  /// equality:
  ///
  ///     T* = ∫_0^∞ dV / (α V^p + β V^q) = (α/β)^m π / (α (q - p) sin πm),   m = (1 - p)/(q - p).
  ///
  /// Derived (the integral is a beta function), not taken from a publication.
  public var settlingTime: Double {
    let m = (1 - p) / (q - p)
    // sin πm by the smaller of m and 1 - m, as the sine of nearly π has no digits; and α/β need not be
    // a number.
    let angle = .pi * min(m, (q - 1) / (q - p))
    return exp(m * (log(alpha) - log(beta))) * .pi / (alpha * (q - p) * sin(angle))
  }

  /// Polyakov's bound of the same, 1/(α(1 - p)) + 1/(β(q - 1)), which is never below it.
  public var polyakovBound: Double { 1 / (alpha * (1 - p)) + 1 / (beta * (q - 1)) }

  /// α V^p + β V^q, at which V has to fall.
  public func rate(_ value: Double) -> Double { alpha * pow(value, p) + beta * pow(value, q) }

  /// Which term of the rate makes up for a perturbation.
  public enum Term: Sendable, Hashable, CaseIterable {
    /// α V^p, the greater one below V = 1 (if α = β).
    case alpha
    /// β V^q.
    case beta
  }

  /// Where a perturbation that does not vanish leaves V, and when.
  public struct PerturbedBound: Sendable, Hashable {
    /// V falls to this value, and stays below it.
    public let value: Double
    /// After at most this time.
    public let time: Double
  }

  /// What remains of the guarantee if dV/dt <= -α V^p - β V^q + δ.
  ///
  /// A share θ of one term is given up to make up for δ, which it does where V is at least
  /// (δ/(αθ))^(1/p), or (δ/(βθ))^(1/q) for the other term; what is left of the rate settles in its
  /// own `settlingTime`. Derived; the bound of the FxTS-Net paper could not be read.
  ///
  /// - Precondition: δ >= 0 and 0 < θ < 1.
  public func perturbedBound(
    perturbation delta: Double, share theta: Double, takenFrom term: Term = .alpha
  ) -> PerturbedBound {
    precondition(delta >= 0 && theta > 0 && theta < 1, "perturbedBound: δ \(delta), θ \(theta)")
    switch term {
    case .alpha:
      let rest = FixedTimeStability(alpha: alpha * (1 - theta), beta: beta, p: p, q: q)
      return PerturbedBound(value: pow(delta / (alpha * theta), 1 / p), time: rest.settlingTime)
    case .beta:
      let rest = FixedTimeStability(alpha: alpha, beta: beta * (1 - theta), p: p, q: q)
      return PerturbedBound(value: pow(delta / (beta * theta), 1 / q), time: rest.settlingTime)
    }
  }
}
