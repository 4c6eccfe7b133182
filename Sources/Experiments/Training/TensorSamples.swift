import Datasets
import NeuralNetworks
import StableDynamics
import Tensors

/// Samples as two tensors on a device, of which batches are cut without a way through the host.
struct TensorSamples {
  let inputs: Tensor
  let labels: Tensor

  init(_ samples: LabelledSamples, dtype: DType, device: Device) {
    let all = samples.batch(0..<samples.count)
    inputs = all.inputs.to(dtype).to(device)
    labels = all.labels.to(device)
  }

  var count: Int { labels.shape[0] }

  func batch(_ indices: [Int]) -> (inputs: Tensor, labels: Tensor) {
    let positions = Tensor(indices.map(Int64.init), shape: [indices.count]).to(labels.device)
    return (inputs.selecting(positions), labels.selecting(positions))
  }

  /// The samples that draws are for, their inputs changed by one augmentation after the other.
  func batch(
    _ draws: SampleDraws, augmentedBy augmentations: [any Augmentation]
  ) -> (inputs: Tensor, labels: Tensor) {
    let (inputs, labels) = batch(draws.indices)
    return (augmentations.reduce(inputs) { $1.augmented($0, draws: draws) }, labels)
  }

  /// The first so many samples.
  func prefix(_ limit: Int) -> TensorSamples {
    let range = 0..<min(limit, count)
    return TensorSamples(inputs: inputs.sliced(range), labels: labels.sliced(range))
  }

  private init(inputs: Tensor, labels: Tensor) {
    self.inputs = inputs
    self.labels = labels
  }

  /// The share of samples whose class a model predicts.
  ///
  /// - Parameter afterBatch: called between batches, to end a long evaluation by throwing.
  func accuracy(
    of model: any TrainedClassifier, batchSize: Int = 256, afterBatch: () throws -> Void = {}
  ) throws -> Double {
    var correct = 0
    for start in stride(from: 0, to: count, by: batchSize) {
      let range = start..<min(start + batchSize, count)
      let predictions = try withoutGradients {
        try model.predictions(inputs.sliced(range))
      }
      correct += (predictions .== labels.sliced(range)).to(.int64).sum().integers[0]
      try afterBatch()
    }
    return Double(correct) / Double(count)
  }
}
