import Tensors

/// A map from images to class scores: all that attacks, audits and corruptions know of a model.
///
/// Images are [N, C, H, W] (or [N, d] for points) with pixels in [0, 1]; normalisation is inside
/// the model. Every function runs in inference mode and is differentiable with respect to images.
public protocol Classifier {
  /// L: how many scores an image has; classes are numbered from 0.
  var classCount: Int { get }

  /// Scores [N, L] whose largest entry is the predicted class.
  ///
  /// - Throws: if the model cannot be evaluated there, for example because its differential
  ///   equation cannot be solved.
  func logits(_ images: Tensor) throws -> Tensor

  /// Predicted classes [N] (int64) as they are reported.
  ///
  /// - Throws: what `logits` throws.
  func predictions(_ images: Tensor) throws -> Tensor

  /// Score functions with the same decision that an attacker may differentiate instead of the
  /// logits, such as ones that do not saturate. The first is the logits themselves.
  var scoreFunctions: [ScoreFunction] { get }

  /// Score functions of a part or a simplification of the model that an attacker may follow, such
  /// as one without an expensive stage. Their decision need not be the model's: every example that
  /// they lead to is verified on the model itself.
  var surrogateScores: [ScoreFunction] { get }
}

/// A named differentiable map from images [N, ...] to class scores [N, L].
public struct ScoreFunction {
  /// What results call it.
  public let name: String
  /// The map, differentiable with respect to images.
  public let scores: (Tensor) throws -> Tensor

  public init(name: String, scores: @escaping (Tensor) throws -> Tensor) {
    self.name = name
    self.scores = scores
  }
}

extension Classifier {
  public func predictions(_ images: Tensor) throws -> Tensor {
    try logits(images).argMax(along: 1)
  }

  public var scoreFunctions: [ScoreFunction] { [ScoreFunction(name: "logits", scores: logits)] }
  public var surrogateScores: [ScoreFunction] { [] }
}

/// A classifier that can be asked how it answers in training mode (batch normalisation by the batch,
/// dropout), so that an audit can tell whether that is what it was meant to be used in.
public protocol ModalClassifier: Classifier {
  /// Whether it was handed over in training mode.
  var wasInTraining: Bool { get }

  /// Scores [N, L] in training mode. The classifier itself is not changed.
  ///
  /// - Throws: what `logits` throws.
  func trainingLogits(_ images: Tensor) throws -> Tensor
}
