import Datasets
import Methods
import NeuralNetworks
import Tensors

extension TensorSamples {
  /// The share of samples whose class a model predicts.
  ///
  /// - Parameters:
  ///   - sharing: those who take some of the batches each.
  ///   - afterBatch: called between batches, to end a long evaluation by throwing.
  func accuracy(
    of model: any TrainedClassifier, batchSize: Int = 256, sharing: SharedTraining? = nil,
    afterBatch: () throws -> Void = {}
  ) throws -> Double {
    var correct = 0
    for start in stride(from: 0, to: count, by: batchSize)
    where sharing?.takes(start / batchSize) ?? true {
      let (inputs, labels) = batch(start..<min(start + batchSize, count))
      let predictions = try withoutGradients { try model.predictions(inputs) }
      correct += (predictions .== labels).to(.int64).sum().integers[0]
      try afterBatch()
    }
    if let sharing {
      correct = try sharing.sum(correct)
      try afterBatch()
    }
    return Double(correct) / Double(count)
  }
}
