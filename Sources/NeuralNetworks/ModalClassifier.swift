import Tensors

/// A classifier that can be asked how it answers in training mode (batch normalisation by the batch,
/// dropout), so that an audit can tell whether that is what it was meant to be used in.
public protocol ModalClassifier: Classifier {
  /// Whether it was handed over in training mode.
  var wasInTraining: Bool { get }

  /// Scores [N, L] in training mode. The classifier itself is not changed.
  func trainingLogits(_ images: Tensor) throws -> Tensor
}
