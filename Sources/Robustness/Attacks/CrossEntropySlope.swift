import NeuralNetworks
import Tensors

/// The direction in which each sample's cross entropy grows, and the margin by which it is decided.
///
/// The gradient of the cross entropy at label y with respect to the scores is (1 - p_y)(q - e_y),
/// with q the softmax over the wrong classes. Here the positive factor 1 - p_y is left out. No
/// attack notices: each uses the sign or the direction of every sample's gradient. But nothing
/// underflows where a classifier is sure, which would pass for robustness.
struct CrossEntropySlope {
  /// q - e_y pulled back to the images, [N, ...]; 0 where it is not finite.
  let gradient: Tensor
  /// max over wrong classes of s_j, minus s_y, [N]: positive where the sample is misclassified.
  let margins: Tensor
  /// Whether each sample's gradient is finite, [N] (bool).
  let isFinite: Tensor
  /// Whether each sample's gradient is 0 everywhere, [N] (bool).
  let isZero: Tensor

  /// Evaluates scores and their gradient at `images` [N, ...] with labels [N] (int64).
  init(of scores: ScoreFunction, at images: Tensor, labels: Tensor) throws {
    let point = images.differentiable()
    let values = try withGradients { try scores.scores(point) }
    let (wrong, margins) = Self.wrongScores(values.detached, labels: labels)
    let seed = wrong.softmax(along: 1) - labels.oneHot(values.shape[1], dtype: values.dtype)
    let raw =
      values.requiresGradient
      ? gradientOf(values, wrt: point, seed: seed) : Tensor.zeros(like: images)
    let finite = raw.isFinite
    gradient = Tensor.select(finite, raw, Tensor.zeros(like: raw))
    isFinite = finite.samplesFlattened.all(along: 1)
    isZero = (raw .== 0).samplesFlattened.all(along: 1)
    self.margins = margins
  }

  /// The margins alone, without a gradient.
  static func margins(of scores: ScoreFunction, at images: Tensor, labels: Tensor) throws -> Tensor
  {
    try withoutGradients { try wrongScores(scores.scores(images), labels: labels).margins }
  }

  /// Scores with -∞ for the true class, and the greatest of them minus the true class's.
  private static func wrongScores(
    _ scores: Tensor, labels: Tensor
  ) -> (wrong: Tensor, margins: Tensor) {
    let isTrue = labels.oneHot(scores.shape[1], dtype: .bool)
    let wrong = Tensor.select(isTrue, .full(-.infinity, scores.shape).like(scores), scores)
    return (wrong, wrong.max(along: 1) - scores.gathering(columns: labels))
  }
}

private func gradientOf(_ values: Tensor, wrt point: Tensor, seed: Tensor) -> Tensor {
  gradient(of: values, wrt: [point], seed: seed)[0]
}
