/// What is known of a contracting field: differences Δf of its values over differences Δh of states
/// lie, in the norm of an inner product, in the ball whose diameter goes from -α Δh to -β Δh,
///
///     ⟨Δf + α Δh, Δf + β Δh⟩ ≤ 0,   α ≤ β
///
/// (the circle condition of Dahlquist and Jeltsch 1979). So α is a rate, at which the norm of Δh
/// decays at least along exact trajectories, and β says how fast the field may be. A field
/// -α h - ∇U(h) with a convex U whose gradient has slopes of at most β - α satisfies it in the
/// Euclidean norm.
///
/// A step of a solver keeps the norm from growing only where it is short for β;
/// `ButcherTableau.stepBound(_:size:)` says by how much it shrinks or grows.
public struct CircleCondition: Sendable, Hashable {
  /// α; trajectories approach each other at least as e^(-αt).
  public let rate: Double
  /// β.
  public let speed: Double
  /// How many times the norm's largest share of the Euclidean norm is its smallest: √cond(P) for
  /// the norm √(hᵀPh), 1 for the Euclidean norm itself.
  public let distortion: Double

  /// - Precondition: `rate` ≤ `speed`, and the distortion is at least 1.
  public init(rate: Double, speed: Double, distortion: Double = 1) {
    precondition(
      rate <= speed && distortion >= 1,
      "CircleCondition of rate \(rate), speed \(speed), distortion \(distortion)")
    self.rate = rate
    self.speed = speed
    self.distortion = distortion
  }
}

/// A field that satisfies circle conditions at every pair of states.
public protocol CircleBounded: Field {
  /// Conditions that hold for the field as it is computed, with its weights as they are rounded. The
  /// more of the rate is given away, the less the speed may be, and the longer a solver's steps.
  /// Empty where rounding has cost the field what its construction promises.
  var circles: [CircleCondition] { get }
}
