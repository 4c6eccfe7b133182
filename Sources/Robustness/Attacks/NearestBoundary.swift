import NeuralNetworks
import Tensors

/// The nearest of the hyperplanes that scores, made linear at a point, draw between the true class
/// and wrong ones: s_t + ⟨∇s_t, δ⟩ = s_y + ⟨∇s_y, δ⟩.
struct NearestBoundary {
  /// ∇(s_t - s_y) at the point, [N, d]; 0 where it is not finite.
  let normals: Tensor
  /// s_y - s_t at the point, [N]: how much ⟨normal, x⟩ has to grow to reach the boundary.
  let gaps: Tensor
  /// Whether each sample's gradients are finite, [N] (bool).
  let isFinite: Tensor
  /// Whether the normal is 0, [N] (bool).
  let isZero: Tensor

  /// Evaluates the scores once and differentiates them once for each candidate.
  ///
  /// - Parameters:
  ///   - images: [N, ...].
  ///   - labels: y, [N] (int64).
  ///   - candidates: t of every sample, [N] (int64), for one boundary after the other. The nearest
  ///     has the least |s_t - s_y| / ‖∇(s_t - s_y)‖ in the dual norm: L1 for L-inf, L2 for L2.
  init(
    _ scores: ScoreFunction, at images: Tensor, labels: Tensor, candidates: [Tensor],
    norm: ThreatModel.Norm
  ) throws {
    let point = images.differentiable()
    let recorded = try withGradients { try scores.scores(point) }
    let values = recorded.detached
    let classCount = values.shape[1]
    let truth = labels.oneHot(classCount, dtype: values.dtype)
    var normals = Tensor.zeros(like: images).samplesFlattened
    var gaps = Tensor.zeros(like: values.max(along: 1))
    var nearest = Tensor.full(.infinity, gaps.shape).like(gaps)
    var isFinite = Tensor.ones(gaps.shape, dtype: .bool, device: gaps.device)
    for (place, candidate) in candidates.enumerated() {
      let seed = candidate.oneHot(classCount, dtype: values.dtype) - truth
      let slope =
        recorded.requiresGradient
        ? gradient(
          of: recorded, wrt: [point], seed: seed, retaining: place < candidates.count - 1)[0]
          .samplesFlattened
        : Tensor.zeros(like: normals)
      let finite = slope.isFinite
      let normal = Tensor.select(finite, slope, Tensor.zeros(like: slope))
      let gap = values.gathering(columns: labels) - values.gathering(columns: candidate)
      let distance = gap.magnitude / norm.dualNorms(of: normal).maximum(1e-38)
      let isNearer = place == 0 ? Tensor.ones(like: finite.any(along: 1)) : distance .< nearest
      normals = Tensor.select(isNearer.unsqueezed(1), normal, normals)
      gaps = Tensor.select(isNearer, gap, gaps)
      nearest = Tensor.select(isNearer, distance, nearest)
      isFinite = isFinite .& finite.all(along: 1)
    }
    self.normals = normals
    self.gaps = gaps
    self.isFinite = isFinite
    isZero = (normals .== 0).all(along: 1)
  }
}

extension ThreatModel.Norm {
  /// The norm of each row of [N, d], [N].
  func norms(of rows: Tensor) -> Tensor {
    switch self {
    case .linf: rows.magnitude.max(along: 1)
    case .l2: rows.norm(along: 1)
    }
  }

  /// The dual norm of each row, by which a linear function grows over the unit ball.
  func dualNorms(of rows: Tensor) -> Tensor {
    switch self {
    case .linf: rows.magnitude.sum(along: 1)
    case .l2: rows.norm(along: 1)
    }
  }
}
