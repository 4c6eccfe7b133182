import Methods
import NeuralNetworks
import Runs
import Tensors

/// A model, whichever its method, that learns in mixed precision. What it gives for use computes as that of
/// the model does.
package struct MixedPrecisionTraining: TrainingVariant {
  package let model: any TrainableClassifier

  package init(of model: any TrainableClassifier) { self.model = model }

  package func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    try MixedPrecision.$isOn.withValue(true) {
      try model.objective(images: images, labels: labels, step: step)
    }
  }

  package func trainingLogits(_ images: Tensor) throws -> Tensor {
    try MixedPrecision.$isOn.withValue(true) { try model.trainingLogits(images) }
  }
}

extension Configuration {
  /// A model of this configuration as it learns.
  ///
  /// - Throws: `ConfigurationError` if it cannot learn so. (A model that has learned in mixed precision may
  ///   be used in float64.)
  func learner(_ model: any TrainableClassifier) throws -> any TrainableClassifier {
    try check(
      training.precision == .full || precision == .float32, "training.precision",
      expected: "full, as precision is \(precision.rawValue)", found: training.precision.rawValue)
    return try training.learner(model)
  }
}

extension TrainingSettings {
  /// What to say of mixed precision where it costs time instead of saving it.
  func precisionNotice(
    on device: Device, with units: Torch.BFloat16Units = Torch.bfloat16Units
  ) -> String? {
    guard precision == .mixed, device == .cpu, units == .none else { return nil }
    return "training.precision=mixed is slower than full here: the processor has no "
      + "instructions for bfloat16"
  }
}
