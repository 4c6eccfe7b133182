import Foundation
import Settings
import Tensors

/// What keeps states of a field on the simplex of class scores, η ≥ 0 and Σ η = 1 (Huang et al.,
/// FI-ODE): of all velocities that do, the one nearest to what a network wants,
///
///     f = argmin ½‖v - f̂‖²,   Σ v = 0,   v_i ≥ -α(η_i),   α(η) = α_1 (e^{σ_1 η} - 1),
///
/// where a score that is 0 may not fall.
///
/// The published code finds the multiplier μ of v = max(f̂ - μ, -α) by bisection. With u = v + α the
/// problem is the projection of f̂ + α onto the simplex u ≥ 0, Σ u = Σ α, whose μ is known from the sums of
/// the largest elements (`Tensor.projectedOntoSimplex(total:)`): exact, and differentiable as it is.
public struct SimplexBarrier: Codable, Sendable, Hashable {
  @Setting("α_1: no score falls faster than α_1 (exp(σ_1 η) - 1) (code: 100)", .positive)
  public var strength = 100.0
  @Setting("σ_1 (code: 0.02)", .positive(upTo: 100))
  public var growth = 0.02

  /// The code's.
  public init() {}

  /// α of each score.
  public func callAsFunction(_ states: Tensor) -> Tensor {
    (states * growth).expm1 * strength
  }

  /// The largest slope of α on the simplex: the inverse of the longest step of Euler's method that leaves
  /// no score below 0.
  public var steepness: Double { strength * growth * exp(growth) }

  /// f of states η and wanted velocities f̂, both [..., C].
  public func admissible(_ nominal: Tensor, at states: Tensor) -> Tensor {
    let floor = self(states)
    let last = floor.rank - 1
    return (nominal + floor).projectedOntoSimplex(total: floor.sum(along: last, keeping: true))
      - floor
  }
}

extension Tensor {
  /// The nearest points u ≥ 0 with Σ u = `total` along the last axis: u = max(w - μ, 0) with μ from the
  /// longest run of largest elements that it leaves above 0 (Held, Wolfe, Crowder 1974).
  ///
  /// - Parameter total: above 0, of extent 1 along the last axis.
  package func projectedOntoSimplex(total: Tensor) -> Tensor {
    let axis = rank - 1
    let support = withoutGradients {
      let descending = detached.sorted(along: axis, descending: true).values
      let excess = descending.cumulativeSum(along: axis) - total.detached
      let counts = Tensor.range(shape[axis], device: device).to(dtype) + 1
      let isKept = ((descending * counts) .> excess).to(dtype)
      // A run from the first element on, which is always kept.
      let count = isKept.sum(along: axis, keeping: true).maximum(1)
      let threshold = excess.gathering((count - 1).to(.int64), along: axis) / count
      return (detached .> threshold).to(dtype)
    }
    let count = support.sum(along: axis, keeping: true).maximum(1)
    let threshold = ((self * support).sum(along: axis, keeping: true) - total) / count
    return (self - threshold).relu * support
  }
}
