import Datasets
import Evaluations
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import Tensors

/// What a model costs: the figures of Table IV.
struct Cost: Codable, Sendable {
  let parameterCount: Int
  /// The median of the seconds that the steps of an epoch took together, without measuring
  /// accuracies; nil if the run has no complete epoch.
  let trainingSeconds: Double?
  /// How far the process grew during a step of training with 128 images; nil where the system does
  /// not tell.
  let trainingBytes: Int?
  /// Seconds to classify the whole test part, 128 images at a time.
  let inferenceSeconds: Double
  /// How many images that part has.
  let inferenceCount: Int
}

/// Measures a run's cost on the machine and the device at hand.
struct CostMeasurement: PaperMeasurement {
  let name = "cost"
  let batchSize = 128

  var request: String { "batches of \(batchSize)" }

  func outcome(
    of run: Run, on samples: LabelledSamples, others: [Run], in folder: PaperFolder,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> Cost {
    let trainingBytes = try trainingBytes(of: run, on: samples)
    let trained = run.model.trained()
    func classify(_ range: Range<Int>) throws {
      let images = run.tensor(of: samples, at: Array(range))
      _ = try withoutGradients { try trained.predictions(images).integers }
    }
    try classify(0..<min(batchSize, samples.count))
    var seconds = 0.0
    for start in stride(from: 0, to: samples.count, by: batchSize) {
      let range = start..<min(start + batchSize, samples.count)
      let before = ProcessInfo.processInfo.systemUptime
      try classify(range)
      seconds += ProcessInfo.processInfo.systemUptime - before
      try progress(range.upperBound, samples.count)
    }
    return Cost(
      parameterCount: run.model.parameterCount,
      trainingSeconds: try run.folder.flatMap {
        try Metrics(contentsOf: $0.metrics).stepSecondsPerEpoch
      },
      trainingBytes: trainingBytes, inferenceSeconds: seconds, inferenceCount: samples.count)
  }

  private func trainingBytes(of run: Run, on samples: LabelledSamples) throws -> Int? {
    let batch = samples.batch(Array(0..<min(batchSize, samples.count)))
    let images = batch.inputs.to(run.configuration.precision.dtype).to(run.device)
    let labels = batch.labels.to(run.device)
    func step() throws {
      let objective = try run.model.objective(
        images: images, labels: labels,
        step: TrainingStep(seed: 0, epoch: 0, index: 0, phase: 0, progress: 0))
      _ = gradient(of: objective.total, wrt: run.model.state.parameters)
    }
    guard run.device == .cpu else { return nil }
    // The first step loads what every program needs once; and memory that was freed but kept, as by
    // a training before, would hide the second.
    try step()
    Torch.releaseMemory()
    guard let before = MemoryReading.afterResettingPeak() else { return nil }
    try step()
    return MemoryReading.now().map { max(0, $0.peak - before.peak) }
  }
}

extension Metrics {
  /// The median over epochs of the seconds that their steps took together.
  var stepSecondsPerEpoch: Double? {
    let times = Dictionary(grouping: steps, by: \.epoch).values
      .map { $0.compactMap(\.seconds).reduce(0, +) }.sorted()
    return times.isEmpty ? nil : times[times.count / 2]
  }
}
