import NeuralNetworks
import Tensors

/// -ln p_y, with p the softmax of the scores.
///
/// Its derivative is (1 - p_y)(q - e_y), with q the softmax over the wrong classes. The factor
/// 1 - p_y is kept apart: attacks that use the sign or the direction of a sample's gradient do
/// without, so that nothing underflows where a classifier is sure, which would pass for robustness.
public struct CrossEntropyLoss: AttackLoss {
  public let name = "cross-entropy"

  public init() {}

  public func values(_ scores: Tensor, labels: Tensor) -> Tensor {
    crossEntropy(logits: scores, labels: labels)
  }

  /// ln Σ_{j≠y} e^{z_j} - z_y: the loss is ln(1 + exp of this).
  public func ordering(_ scores: Tensor, labels: Tensor) -> Tensor {
    scores.wrongScores(labels: labels).logSumExp(along: 1) - scores.gathering(columns: labels)
  }

  public func derivative(_ scores: Tensor, labels: Tensor) -> LossDerivative {
    let wrong = scores.wrongScores(labels: labels)
    let direction = wrong.softmax(along: 1) - labels.oneHot(scores.shape[1], dtype: scores.dtype)
    // 1 - p_y = Σ over wrong classes of p_j.
    let factor = (wrong.logSumExp(along: 1) - scores.logSumExp(along: 1)).exp
    return LossDerivative(direction: direction, factor: factor)
  }
}
