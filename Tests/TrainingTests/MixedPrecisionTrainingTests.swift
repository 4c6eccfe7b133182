import Datasets
import Foundation
import Methods
import NeuralNetworks
import Runs
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("Training in mixed precision")
struct MixedPrecisionTrainingTests {
  private static let input = ModelInput(shape: [1, 8, 8], classCount: 10)

  private static func configuration(
    _ settings: String..., precision: String = "mixed"
  ) throws -> Configuration {
    try Configuration.resolved(
      (["training.precision=\(precision)"] + settings).flatMap {
        try ConfigurationOverride.setting($0)
      })
  }

  private static func batch() throws -> (images: Tensor, labels: Tensor) {
    let digits = try DatasetCatalog.load("digits").train.batch(0..<24)
    return (digits.0.to(.float32), digits.1)
  }

  @Test(
    "Every method's objective is that of full precision to a few per cent, and float32",
    arguments: MethodCatalog.all.map { $0.name })
  func methods(_ name: String) throws {
    let configuration = try Self.configuration("method=\(name)")
    let model = try configuration.freshModel(for: Self.input, on: .cpu)
    let learner = try configuration.learner(model)
    #expect(learner.state.entries.map(\.name) == model.state.entries.map(\.name))
    let (images, labels) = try Self.batch()
    let step = TrainingStep(seed: 3, epoch: 0, index: 1)
    let full = try model.objective(images: images, labels: labels, step: step)
    let mixed = try learner.objective(images: images, labels: labels, step: step)
    #expect(mixed.total.dtype == .float32)
    #expect(abs(mixed.total.item - full.total.item) < 0.05 * abs(full.total.item))
    let entries = model.phases[0].trained(of: model.state).entries
    for (entry, slope) in zip(
      entries, gradient(of: mixed.total, wrt: entries.map(\.tensor)))
    {
      #expect(slope.dtype == .float32 && slope.isFinite.all().isTrue, "\(entry.name)")
    }
  }

  @Test("The gradient is the slope of the loss as full precision has it, to a few per cent")
  func slope() throws {
    let configuration = try Self.configuration("method=resnet18")
    let model = try configuration.freshModel(for: Self.input, on: .cpu)
    let learner = try configuration.learner(model)
    let (images, labels) = try Self.batch()
    let step = TrainingStep(seed: 0, epoch: 0, index: 0)
    func loss(_ model: any TrainableClassifier) throws -> Tensor {
      try model.objective(images: images, labels: labels, step: step).total
    }
    let parameters = model.parameters
    let gradients = gradient(of: try loss(learner), wrt: parameters)
    let norm = gradients.map { $0.squared.sum().item }.reduce(0, +).squareRoot()
    // Along the gradient the loss rises by its norm.
    let length = 0.02
    let ends = try [length, -2 * length].map { distance in
      for (parameter, slope) in zip(parameters, gradients) {
        parameter.assign(parameter + slope * (distance / norm))
      }
      return try loss(model).item
    }
    let rise = (ends[0] - ends[1]) / (2 * length)
    #expect(abs(rise - norm) < 0.06 * norm)
  }

  @Test("Resumed after any step it ends with the same bytes; another precision does not resume it")
  func resuming() throws {
    let temporary = try TemporaryFolder()
    func trainer(_ name: String) throws -> Trainer {
      let folder = temporary.run(name)
      guard !folder.exists else { return try .resuming(folder, terminal: silent) }
      return try .starting(
        Self.configuration(
          "method=resnet18", "training.epochs=2", "training.batchSize=32", "data.limit=64",
          "training.accuracySamples=0"),
        in: folder, terminal: silent)
    }
    try trainer("whole").train()
    for stop in 1...3 {
      var count = 0
      #expect(throws: TrainingInterrupted.self) {
        try trainer("\(stop)").train {
          count += 1
          return count == stop
        }
      }
      try trainer("\(stop)").train()
      #expect(try bytes(temporary.run("\(stop)").model) == bytes(temporary.run("whole").model))
    }
    #expect(throws: ConfigurationError.self) {
      _ = try Trainer.resuming(
        temporary.run("whole"), overrides: ConfigurationOverride.setting("training.precision=full"),
        terminal: silent)
    }
    // And what mixed precision learns is not what full precision does.
    let folder = temporary.run("full")
    try Trainer.starting(
      Self.configuration(
        "method=resnet18", "training.epochs=2", "training.batchSize=32", "data.limit=64",
        "training.accuracySamples=0", precision: "full"),
      in: folder, terminal: silent
    ).train()
    #expect(try bytes(folder.model) != bytes(temporary.run("whole").model))
  }

  @Test("float64 does not go with it in training; use is another matter")
  func float64() throws {
    let configuration = try Self.configuration("precision=float64", "method=resnet18")
    let model = try configuration.freshModel(for: Self.input, on: .cpu)
    #expect {
      _ = try configuration.learner(model)
    } throws: {
      "\($0)".contains("training.precision") && "\($0)".contains("float64")
    }
  }

  @Test("A processor without the instructions is told of, and no other")
  func notice() throws {
    let mixed = try Self.configuration().training
    let full = try Self.configuration(precision: "full").training
    #expect(mixed.precisionNotice(on: .cpu, with: .none)?.contains("slower") == true)
    for silent in [
      mixed.precisionNotice(on: .cpu, with: .vectors),
      mixed.precisionNotice(on: .cuda(0), with: .none), full.precisionNotice(on: .cpu, with: .none),
    ] { #expect(silent == nil) }
  }
}
