import NeuralNetworks
import Tensors

/// Whether a model was handed over as it is in training (G9): the share of samples that are classified
/// otherwise in training mode, where batch normalisation goes by the batch and dropout is at work.
///
/// Everything is evaluated in evaluation mode. It is a flag if the model was in training mode before: its
/// figures elsewhere may then be of another function. For classifiers that know the two modes
/// (`ModalClassifier`), at most 128 samples.
public struct TrainingMode: AuditRule {
  public let name = "training-mode"
  public let check = "G9"

  public init() {}

  public func audit(_ evidence: AuditEvidence) throws -> Audit {
    guard let model = evidence.classifier.classifier as? any ModalClassifier else {
      return .notApplicable(self, threshold: 0, because: "The model knows evaluation alone.")
    }
    let samples = evidence.data.prefix(128)
    let predictions = try withoutGradients {
      try FixedBatch.map(samples.images, model.trainingLogits).argMax(along: 1).integers
    }
    let differing = predictions.indices.count {
      predictions[$0] != evidence.result.cleanPredictions[$0]
    }
    let share = Double(differing) / Double(samples.count)
    let finding =
      "Share of \(samples.count) samples that are classified otherwise in training mode, in which the "
      + "model was \(model.wasInTraining ? "" : "not ")saved; all figures are of evaluation mode."
    return Audit(
      self, verdict: share > 0 && model.wasInTraining ? .flagged : .passed, figure: share,
      threshold: 0, finding: finding)
  }
}
