import Datasets
import Methods
import NeuralNetworks
import Runs
import Tensors

/// A step of a training on its first samples that is taken to see what it costs, and leaves no trace.
package struct TrialStep {
  private let learner: any TrainableClassifier
  private let samples: LabelledSamples
  private let dtype: DType
  private let device: Device
  /// Samples of a whole step.
  package let batchSize: Int

  package init(
    _ configuration: Configuration, model: any TrainableClassifier, on samples: LabelledSamples,
    device: Device
  ) throws {
    learner = try configuration.learner(model)
    self.samples = samples
    dtype = configuration.precision.dtype
    self.device = device
    batchSize = min(configuration.training.batchSize, samples.count)
  }

  /// Takes it with so many samples.
  ///
  /// - Throws: what the objective throws.
  package func take(_ count: Int, index: Int = 0) throws {
    let batch = samples.batch(Array(0..<count))
    let buffers = RememberedBuffers(of: learner.state)
    defer { buffers.restore() }
    let objective = try learner.objective(
      images: batch.inputs.to(dtype).to(device), labels: batch.labels.to(device),
      step: TrainingStep(seed: 0, epoch: 0, index: index))
    _ = gradient(of: objective.total, wrt: learner.state.parameters)
    device.synchronize()
  }
}
