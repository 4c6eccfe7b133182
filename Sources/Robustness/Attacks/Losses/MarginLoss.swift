import Tensors

/// The greatest score of a wrong class minus that of the true one: positive where misclassified.
///
/// Carlini and Wagner, "Towards evaluating the robustness of neural networks", 2017 (f6 without
/// its clipping). It cannot saturate unless the scores do.
public struct MarginLoss: AttackLoss {
  public let name = "margin"

  public init() {}

  public func values(_ scores: Tensor, labels: Tensor) -> Tensor {
    scores.margins(labels: labels)
  }
}
