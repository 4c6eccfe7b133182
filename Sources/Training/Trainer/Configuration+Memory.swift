import Datasets
import Methods
import NeuralNetworks
import Robustness
import Runs
import Tensors

extension Configuration {
  /// Bytes that a training with this configuration may still take; nil where the system does not tell.
  func memoryLeft() -> Double? {
    guard let reading = MemoryReading.now() else { return nil }
    return training.memory == 0
      ? StepMemory.share * Double(reading.available)
      : training.memory * StepMemory.gibibyte - Double(reading.held)
  }

  /// Refuses a training that does not fit into memory, before anything of it is written. Steps are only
  /// tried where they may come near the limit.
  ///
  /// - Throws: `ConfigurationError` with the setting to change.
  func requireMemory(
    toTrain model: any TrainableClassifier, on dataset: Dataset, device: Device
  ) throws {
    guard device == .cpu, let left = memoryLeft() else { return }
    let samples = data.trainingPart(of: dataset)
    let trial = try TrialStep(self, model: model, on: samples, device: device)
    let kept = Self.bytesKept(by: model) + Double(samples.count * samples.sampleShape.reduce(1, *))
    guard kept + Self.generousBytes(of: model, trial.batchSize, samples.sampleShape) > left,
      let step = StepMemory.measured(trial)
    else { return }
    let needed = kept + step.bytes(batchSize: trial.batchSize)
    guard needed > left else { return }
    func size(_ bytes: Double) -> String { StepMemory.text(bytes) }
    let limit = training.memory == 0 ? "that is free" : "left by training.memory"
    let largest = step.largestBatch(within: left - kept)
    guard largest > 0 else {
      throw ConfigurationError.invalidValue(
        key: "training.memory", origin: nil,
        expected: "\(size(needed)) beside what is held already, or a smaller model",
        found: "\(size(max(0, left))) \(limit)")
    }
    throw ConfigurationError.invalidValue(
      key: "training.batchSize", origin: nil,
      expected: "at most \(largest), for a training within the \(size(left)) \(limit)",
      found: "\(training.batchSize), which takes \(size(needed))")
  }

  /// Moments of the optimizer and a checkpoint that is being written.
  private static func bytesKept(by model: any TrainableClassifier) -> Double {
    5 * model.state.parameters.reduce(0) { $0 + Double($1.count * $1.dtype.size) }
  }

  /// More than a step takes of any method with usual settings, without a try: each number of an image
  /// becomes the channels of a wide network's every layer, and each unit is evaluated a hundred times.
  private static func generousBytes(
    of model: any TrainableClassifier, _ batchSize: Int, _ sampleShape: [Int]
  ) -> Double {
    let numbers = Double(sampleShape.reduce(1, *))
    let units = model.state.parameters.reduce(0.0) { $0 + Double($1.shape.first ?? 1) }
    return Double(batchSize) * (numbers * 64 * 30 * 4 + units * 100 * 4) + 5e8
  }
}

extension StepMemory {
  static let gibibyte = Double(1 << 30)

  static func text(_ bytes: Double) -> String {
    let tenths = (bytes / gibibyte * 10).rounded(.up) / 10
    return "\(tenths) GiB"
  }
}
