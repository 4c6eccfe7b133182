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
/// for the λ at which G(λ) = Σ |vᵢ| min(λ uᵢ, rᵢ) reaches |g|. G is piecewise linear and grows; its
/// slope changes where a coordinate reaches the wall, at λ = rᵢ / uᵢ. Sorting these places and
/// adding up gives G at each of them, and with it the piece that λ lies on. Where the hyperplane
/// misses the box, the point goes as far as it can: to the corner in the direction of v.
///
/// Croce and Hein, "Minimally distorted adversarial examples with a fast adaptive boundary attack",
/// 2020, section 2.2 (autoattack/fab_projections.py). Here both norms share one derivation, and the
/// arithmetic is in float64, so that tiny gradients and long sums lose nothing.
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
    let (stops, order) = walls.sorted(along: 1)
    let stoppedGain = gains.gathering(order, along: 1)
    let stoppedBefore = stoppedGain.cumulativeSum(along: 1) - stoppedGain
    // From the back, so that small slopes do not drown in a difference of large sums.
    let slope = slopes.gathering(order, along: 1)
      .flipped(along: 1).cumulativeSum(along: 1).flipped(along: 1)
    let isShort = (stoppedBefore + stops * slope) .< gap
    let last = walls.shape[1] - 1
    let piece = isShort.to(.float64).sum(along: 1, keeping: true).minimum(Double(last))
      .to(.int64)
    let exact =
      (gap - stoppedBefore.gathering(piece, along: 1))
      / slope.gathering(piece, along: 1).maximum(.leastNormalMagnitude)
    return exact.maximum(0).minimum(stops.sliced(last..<last + 1, along: 1))
  }
}
