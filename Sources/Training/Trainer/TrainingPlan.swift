import Datasets
import Foundation
import NeuralNetworks
import Robustness
import Runs
import Tensors

/// What a training will take, by steps that are tried and thrown away.
package struct TrainingPlan: Finding, Sendable {
  package private(set) var schemaVersion = TrainingPlan.currentSchemaVersion
  package let method: String
  package let data: String
  package let epochs: Int
  package let batchSize: Int
  /// Steps of an epoch.
  package let steps: Int
  package let stepSeconds: Double
  /// Of all processors together, which does not grow with what else the machine does.
  package let stepProcessorSeconds: Double
  /// Bytes of a step beside what the process holds before it, estimated from steps with few samples; nil
  /// where the system does not tell.
  package let stepBytes: Double?
  /// The most bytes that the process has held in whole steps.
  package let peakBytes: Int?
  /// Bytes that it may take beside what it holds.
  package let bytesLeft: Double?

  package var seconds: Double { stepSeconds * Double(steps * epochs) }

  /// Loads the data and tries the steps: the median of three after one to warm up.
  ///
  /// - Throws: as `Trainer.starting`, also where memory does not suffice.
  package init(_ configuration: Configuration, locations: DataLocations = DataLocations()) throws {
    let device = try Device(named: configuration.device)
    let dataset = try configuration.data.load(locations)
    let model = try configuration.freshModel(for: dataset.card.modelInput, on: device)
    try configuration.requireMemory(toTrain: model, on: dataset, device: device)
    let samples = configuration.data.trainingPart(of: dataset)
    let trial = try TrialStep(configuration, model: model, on: samples, device: device)
    method = configuration.method
    data = configuration.data.name
    epochs = configuration.training.epochs
    batchSize = trial.batchSize
    steps = (samples.count + trial.batchSize - 1) / trial.batchSize
    let isMeasured = device == .cpu
    bytesLeft = isMeasured ? configuration.memoryLeft() : nil
    stepBytes =
      isMeasured ? StepMemory.measured(trial)?.bytes(batchSize: trial.batchSize) : nil
    _ = MemoryReading.afterResettingPeak()
    (stepSeconds, stepProcessorSeconds) = try trial.medianSeconds()
    peakBytes = isMeasured ? MemoryReading.now()?.peak : nil
  }
}

extension TrialStep {
  /// Of whole steps: the medians of three after one to warm up.
  package func medianSeconds() throws -> (wall: Double, processor: Double) {
    func processor() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
    let times = try (0..<4).map { index in
      let (start, before) = (ProcessInfo.processInfo.systemUptime, processor())
      try take(batchSize, index: index)
      return (ProcessInfo.processInfo.systemUptime - start, processor() - before)
    }.dropFirst()
    return (times.map(\.0).sorted()[1], times.map(\.1).sorted()[1])
  }
}
