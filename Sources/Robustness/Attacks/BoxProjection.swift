import Tensors

/// The shortest change of a point of the box [0, 1]^d that takes it onto a hyperplane without
/// leaving the box, exactly, for a batch of points and hyperplanes.
///
/// The problem is: minimise ‖δ‖ subject to ⟨w, δ⟩ = g and 0 ≤ x + δ ≤ 1. With v = w · sign g every
/// coordinate moves along sign vᵢ, by at most the room rᵢ to the wall of the box, and its solution
/// is
///
/// δᵢ = sign vᵢ · min(λ uᵢ, rᵢ), with uᵢ = 1 in L-inf and uᵢ = |vᵢ| in L2,
///
/// for the λ at which G(λ) = Σ |vᵢ| min(λ uᵢ, rᵢ) reaches |g|. G is piecewise linear, grows and is concave;
/// its slope falls where a coordinate reaches the wall, at λ = rᵢ / uᵢ. So Newton's steps from 0 never pass
/// the root: each solves for the coordinates that are not at the wall yet, and the first that brings no
/// other to the wall is exact. A handful of steps suffice, where sorting takes longer than the model.
/// Where the hyperplane misses the box, the point goes as far as it can: to the corner in the direction
/// of v.
///
/// Croce and Hein, "Minimally distorted adversarial examples with a fast adaptive boundary attack",
/// 2020, section 2.2 (autoattack/fab_projections.py). Here both norms share one derivation, and the
/// arithmetic is in float64, so that tiny gradients and long sums lose nothing. The steps are those of
/// Michelot, "A finite algorithm for finding the projection of a point onto the canonical simplex", 1986.
package enum BoxProjection {
  /// The change δ of each point, [N, d] (float64).
  ///
  /// - Parameters:
  ///   - points: x, [N, d] in [0, 1].
  ///   - normals: w, [N, d], finite. A coordinate where w is 0 does not move.
  ///   - gaps: g, [N]: how much ⟨w, x⟩ has to grow.
  package static func changes(
    of points: Tensor, along normals: Tensor, by gaps: Tensor, in norm: ThreatModel.Norm
  ) -> Tensor {
    let gap = gaps.to(.float64).unsqueezed(1)
    let normal = normals.to(.float64) * gap.sign
    let point = points.to(.float64)
    let direction = normal.sign
    let size = normal.magnitude
    let zeros = Tensor.zeros(like: size)
    let room =
      Tensor.select(direction .> 0, 1 - point, zeros)
      + Tensor.select(direction .< 0, point, zeros)
    let ones = Tensor.ones(like: size)
    let speed =
      switch norm {
      case .linf: ones
      case .l2: Tensor.select(direction .!= 0, size, ones)
      }
    let pace = multiplier(
      // A coordinate that does not move is at its wall from the start.
      walls: room / speed, gains: size * room, slopes: size * speed, gap: gap.magnitude)
    return direction * (pace * speed).minimum(room)
  }

  /// λ, [N, 1].
  ///
  /// - Parameters:
  ///   - walls: where each coordinate stops, [N, d].
  ///   - gains: what it has contributed to G by then.
  ///   - slopes: what it contributes to the slope of G until then.
  private static func multiplier(
    walls: Tensor, gains: Tensor, slopes: Tensor, gap: Tensor
  ) -> Tensor {
    let last = walls.max(along: 1, keeping: true)
    var pace = Tensor.zeros(like: gap)
    while true {
      let isFree = (walls .> pace).to(.float64)
      let stopped = (gains - gains * isFree).sum(along: 1, keeping: true)
      let slope = (slopes * isFree).sum(along: 1, keeping: true)
      let next = ((gap - stopped) / slope.maximum(.leastNormalMagnitude)).minimum(last)
      // Each step but the last brings a coordinate to the wall, so they come to an end.
      if !(next .> pace).any().isTrue { return pace }
      pace = next.maximum(pace)
    }
  }
}
