import Datasets
import Foundation
import NeuralNetworks
import Runs
import Tensors
import TestSupport
import Testing
import Training

/// Trainings of SODEF in three phases of one epoch each, with batch normalisation in its features.
@Suite("Training in phases")
struct PhaseTests {
  private let temporary: TemporaryFolder
  private let batches = 3

  init() throws { temporary = try TemporaryFolder() }

  private func start(_ name: String, _ settings: String...) throws -> Trainer {
    let usual = [
      "method=sodef", "model.recipe=three-phase", "model.features.extractor=resnet18",
      "model.features.width=4", "model.features.dimension=12", "model.threePhase.features.share=1",
      "model.threePhase.field.share=1", "model.threePhase.classifier.share=1",
      "training.epochs=3", "training.batchSize=16", "data.limit=48", "training.learningRate=0.01",
      "training.checkpointSeconds=1000", "training.accuracySamples=16",
    ]
    let configuration = try Configuration.resolved(
      (usual + settings).flatMap { try ConfigurationOverride.setting($0) })
    return try .starting(configuration, in: temporary.run(name), terminal: silent)
  }

  @Test("Each phase changes the bits of what it trains alone")
  func frozen() throws {
    let trainer = try start("whole")
    func bits() -> [String: [UInt8]] { trainer.model.state.tensors.mapValues(\.bytes) }
    var ends = [bits()]
    try trainer.train {
      if trainer.position.step == batches * ends.count { ends.append(bits()) }
      return false
    }
    #expect(ends.count == 4)
    func changed(_ phase: Int) -> Set<String> {
      Set(ends[phase].keys.filter { ends[phase][$0] != ends[phase + 1][$0] })
    }
    let names = Set(ends[0].keys)
    // The first also moves the running statistics, the others do not.
    #expect(changed(0) == names.filter { $0.hasPrefix("extractor.") })
    #expect(changed(0).contains { $0.hasSuffix("running_mean") })
    #expect(changed(1) == names.filter { $0.hasPrefix("dynamics.") })
    #expect(changed(2) == names.filter { $0.hasPrefix("head.") })
  }

  @Test(
    "Interrupted at or around the end of a phase and resumed, it ends with the same bytes",
    arguments: 2...9)
  func interruption(_ stop: Int) throws {
    let whole = try start("whole")
    try whole.train()
    #expect(whole.position.step == 9)
    let stopped = temporary.run("stopped")
    do {
      let trainer = try start("stopped")
      #expect(throws: TrainingInterrupted.self) {
        try trainer.train { trainer.position.step == stop }
      }
    }
    try Trainer.resuming(stopped, terminal: silent).train()
    #expect(try bytes(stopped.model) == bytes(whole.folder.model))
    #expect(try metrics(stopped) == metrics(whole.folder))
  }

  @Test("Interrupted while the last model of a phase is measured, it resumes from there")
  func interruptedMeasurement() throws {
    let whole = try start("whole")
    try whole.train()
    let stopped = temporary.run("stopped")
    do {
      let trainer = try start("stopped")
      var calls = 0
      #expect(throws: TrainingInterrupted.self) {
        try trainer.train {
          if trainer.position.step == batches { calls += 1 }
          return calls == 2
        }
      }
    }
    try Trainer.resuming(stopped, terminal: silent).train()
    #expect(try bytes(stopped.model) == bytes(whole.folder.model))
    #expect(try metrics(stopped) == metrics(whole.folder))
  }

  @Test("With a validation part, the model that is kept is one of the last phase")
  func kept() throws {
    // The final layer is untrained before, and may do as well by chance.
    let trainer = try start(
      "kept", "data.validationFraction=0.1", "training.learningRate=0.000001")
    let head = trainer.model.state.tensors["head.weight"]!.bytes
    try trainer.train()
    let file = try SafeTensors(contentsOf: trainer.folder.model.path)
    #expect(file.tensors["head.weight"]!.bytes != head)
  }

  @Test("Learning rates and terms are each phase's own")
  func records() throws {
    let trainer = try start(
      "whole", "model.threePhase.features.learningRateFactor=1",
      "model.threePhase.field.learningRateFactor=0.5",
      "model.threePhase.classifier.learningRateFactor=10")
    try trainer.train()
    let steps = try metrics(trainer.folder).filter { $0.contains("\"kind\":\"step\"") }
    #expect(steps.count == 9)
    for (index, line) in steps.enumerated() {
      #expect(line.contains("\"cross-entropy\"") == (index / 3 != 1))
      #expect(line.contains("\"dominance\"") == (index / 3 == 1))
      let rate = ["0.01", "0.005", "0.1"][index / 3]
      #expect(line.contains("\"learningRate\":\(rate)"), "\(line)")
    }
  }

  @Test("Fewer epochs than phases are refused before training, by the phase that has none")
  func tooFew() throws {
    #expect {
      _ = try start("short", "training.epochs=1")
    } throws: { error in
      let message = "\(error)"
      return message.hasPrefix("training.epochs: expected at least 3, so that the phase '")
        && message.hasSuffix("' has one of them, found 1") && !message.contains("\n")
    }
  }
}
