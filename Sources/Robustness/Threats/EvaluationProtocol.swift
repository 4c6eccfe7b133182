import NeuralNetworks
import Tensors

/// The rules by which robustness is measured.
public enum EvaluationProtocol: String, Sendable, Hashable, Codable, CaseIterable {
  /// The headline: every score function that decides as the model does is attacked, iterative
  /// attacks return the best iterate, and predictions are the model's own.
  case strict
  /// The settings that the Zubov-Net paper states (section IV-A): attacks see the logits only, make
  /// 10 steps of ε/8 and return the last iterate; predictions are the largest logit. As in strict,
  /// images are attacked in [0, 1] and only where they are classified correctly.
  case paper

  /// Predicted classes [N] (int64), unrecorded.
  ///
  /// - Throws: what the classifier throws.
  public func predictions(of classifier: any Classifier, at images: Tensor) throws -> [Int] {
    try withoutGradients {
      switch self {
      case .strict: try classifier.predictions(images).integers
      case .paper: try classifier.logits(images).argMax(along: 1).integers
      }
    }
  }
}
