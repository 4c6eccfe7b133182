import Datasets
import Methods
import NeuralNetworks
import Robustness
import Runs
import Tensors

/// The memory that a step of training takes beside what the process holds before it, a linear function
/// of the samples.
package struct StepMemory: Codable, Hashable, Sendable {
  /// Bytes of a step, however many samples it has.
  package let fixed: Double
  /// Bytes of each sample.
  package let perSample: Double

  /// What training may take of the memory that is free, where the user does not say.
  package static let share = 0.9

  package init(fixed: Double, perSample: Double) {
    self.fixed = fixed
    self.perSample = perSample
  }

  package func bytes(batchSize: Int) -> Double { fixed + perSample * Double(batchSize) }

  /// The most samples for which so many bytes suffice; 0 if they do not even suffice for one.
  package func largestBatch(within bytes: Double) -> Int {
    bytes < fixed + perSample ? 0 : Int((bytes - fixed) / max(perSample, 1))
  }

  /// Measured on two steps with few samples, of which nothing stays; nil where the system does not tell,
  /// as for other devices than the CPU, or a step fails, which a training reports better.
  static func measured(_ step: TrialStep) -> StepMemory? {
    let size = step.batchSize
    let few = min(size, max(2, size / 8))
    // Far enough apart that what the allocator keeps by chance, tens of megabytes, is not multiplied.
    let more = min(size, max(few + 1, size / 2))
    // The first step loads what every program needs once.
    guard (try? step.take(few)) != nil, let first = peak(of: step, few) else { return nil }
    guard more > few, let second = peak(of: step, more) else {
      return StepMemory(fixed: first, perSample: 0)
    }
    let perSample = max(0, second - first) / Double(more - few)
    return StepMemory(fixed: max(0, first - perSample * Double(few)), perSample: perSample)
  }

  private static func peak(of step: TrialStep, _ count: Int) -> Double? {
    // Memory that was freed but kept would hide the step's.
    Torch.releaseMemory()
    guard let before = MemoryReading.afterResettingPeak(), (try? step.take(count)) != nil,
      let after = MemoryReading.now()
    else { return nil }
    return Double(max(0, after.peak - before.peak))
  }

  fileprivate static let gibibyte = Double(1 << 30)

  fileprivate static func text(_ bytes: Double) -> String {
    let tenths = (bytes / gibibyte * 10).rounded(.up) / 10
    return "\(tenths) GiB"
  }
}

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
