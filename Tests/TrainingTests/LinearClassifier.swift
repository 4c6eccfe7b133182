import Datasets
import Foundation
import Methods
import NeuralNetworks
import Reports
import Runs
import Tensors
import TestSupport
import Testing
import Training

/// The smallest method: logits = W x + b, with noise on the images so that steps draw numbers, and
/// faults on demand.
final class LinearClassifier: TrainableClassifier, TrainedClassifier {
  enum Fault { case loss, gradient, error }
  struct Collapse: Error {}

  let weight: Tensor
  let bias: Tensor
  let classCount: Int
  /// What goes wrong at which step, counted from 0.
  var faults: [Int: Fault] = [:]

  init(_ configuration: Configuration, input: ModelInput) {
    let generator = RandomGenerator(seed: configuration.seed)
    let size = input.shape.reduce(1, *)
    classCount = input.classCount
    weight = (generator.normal([input.classCount, size]) * 0.1).differentiable()
    bias = Tensor.zeros([input.classCount]).differentiable()
  }

  var state: ModuleState { ModuleState(parameters: ["weight": weight, "bias": bias]) }

  func logits(_ images: Tensor) -> Tensor {
    images.flattened(from: 1).linear(weight: weight, bias: bias)
  }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let fault = faults[step.index]
    if fault == .error { throw Collapse() }
    let noise = step.generator(1).normal(images.shape) * 0.1
    var loss = crossEntropy(logits: logits(images + noise), labels: labels).mean()
    // The root of 0 has the value 0 and no finite derivative.
    if fault == .gradient { loss = loss + (bias.sum() - bias.sum()).squareRoot }
    let penalty = fault == .loss ? weight.squared.sum() / 0 : weight.squared.sum() * 1e-4
    return Objective(
      total: loss + penalty, classification: loss,
      terms: [("classification", loss), ("penalty", penalty)],
      evaluations: 1)
  }

  func trainingLogits(_ images: Tensor) -> Tensor { logits(images) }

  func trained() -> any TrainedClassifier { self }
}

/// Trainings of the linear classifier in a temporary folder.
struct LinearRun {
  let configuration: Configuration
  let dataset: Dataset
  let folder: RunFolder

  init(_ folder: RunFolder, _ settings: String...) throws {
    let usual = [
      "training.epochs=3", "training.batchSize=32", "data.limit=100", "training.learningRate=0.01",
      "training.checkpointSeconds=1000", "method=neural-ode",
    ]
    configuration = try Configuration.resolved(
      (usual + settings).flatMap { try ConfigurationOverride.setting($0) })
    dataset = try configuration.data.load(DataLocations())
    self.folder = folder
    if !folder.exists {
      try folder.create(
        configuration: configuration.tree.yaml,
        provenance: Provenance(
          configuration: configuration, dataset: dataset,
          session: .init(stepsBefore: 0, device: .cpu)))
    }
  }

  func trainer(
    faults: [Int: LinearClassifier.Fault] = [:], terminal: Terminal = silent
  ) throws -> Trainer {
    let model = LinearClassifier(configuration, input: dataset.card.modelInput)
    model.faults = faults
    return try Trainer(
      model, configuration: configuration, dataset: dataset, folder: folder, device: .cpu,
      terminal: terminal)
  }
}

extension LinearRun {
  /// Trains, is interrupted after so many steps, and goes on to the end.
  func trainInterrupted(after stop: Int) throws {
    var count = 0
    #expect {
      try trainer().train {
        count += 1
        return count == stop
      }
    } throws: {
      ($0 as? TrainingInterrupted)?.run == folder.path
    }
    try trainer().train()
  }
}

let silent = Terminal(isInteractive: false, usesColor: false) { _ in }

/// The lines of `metrics.jsonl` without the seconds, which alone may differ between runs.
func metrics(_ folder: RunFolder) throws -> [String] {
  try String(contentsOf: folder.metrics, encoding: .utf8).split(separator: "\n").map {
    String($0.replacing(/"seconds":[^,}]*,/, with: ""))
  }
}

func bytes(_ url: URL) throws -> Data { try Data(contentsOf: url) }

extension TemporaryFolder {
  func run(_ name: String) -> RunFolder { RunFolder(path(name)) }
}
