import Failures
import Foundation
import NeuralNetworks
import Runs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct TrainerTests {
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  @Test("A training leaves a complete run folder, and learns")
  func folder() throws {
    let run = try LinearRun(temporary.run("a"), "training.epochs=20")
    let summary = try run.trainer().train()
    #expect(summary.steps == 20 * 4)
    #expect(summary.testAccuracy > 0.7)
    #expect(summary.validationAccuracy == nil)
    let lines = try metrics(run.folder)
    #expect(lines.count == 20 * (4 + 1) + 1)
    #expect(lines[0].contains("\"kind\":\"step\""))
    #expect(lines[0].contains("\"terms\":{\"classification\":"))
    #expect(lines[4].contains("\"trainAccuracy\":"))
    #expect(!lines[4].contains("testAccuracy"))
    #expect(lines.last?.contains("\"testAccuracy\":") == true)
    let names = try FileManager.default.contentsOfDirectory(atPath: run.folder.url.path).sorted()
    #expect(names.count == 6)
    #expect(names.contains { $0.hasPrefix("events.out.tfevents.") })
    let file = try SafeTensors(contentsOf: run.folder.model.path)
    #expect(file.metadata["method"] == "neural-ode")
    #expect(file.metadata["inputShape"] == "[1,8,8]")
    #expect(file.metadata["classNames"]?.hasPrefix("[\"0\",\"1\"") == true)
    #expect(try file.metadata["configuration"] == run.configuration.tree.yaml)
  }

  @Test("Interrupted after any step and resumed, it ends with the same bytes")
  func interruption() throws {
    let whole = try LinearRun(temporary.run("whole"))
    try whole.trainer().train()
    for stop in 1...12 {
      let run = try LinearRun(temporary.run("stopped-\(stop)"))
      try run.trainInterrupted(after: stop)
      #expect(try bytes(run.folder.model) == bytes(whole.folder.model))
      #expect(try metrics(run.folder) == metrics(whole.folder))
    }
  }

  @Test("Interrupted while the kept model is tested, the checkpoint stays that of the last step")
  func interruptedTest() throws {
    let settings = ["data.validationFraction=0.1", "training.learningRate=0.5"]
    func run(_ name: String, stoppingAt stop: Int) throws -> (run: LinearRun, calls: Int) {
      let run = try LinearRun(temporary.run(name), settings[0], settings[1])
      var calls = 0
      do {
        try run.trainer().train {
          calls += 1
          return calls == stop
        }
      } catch is TrainingInterrupted {}
      return (run, calls)
    }
    let whole = try run("whole", stoppingAt: 0)
    let stopped = try run("stopped", stoppingAt: whole.calls)
    let tensors = try [whole, stopped].map {
      try SafeTensors(contentsOf: $0.run.folder.checkpoint.path).tensors.mapValues(\.bytes)
    }
    #expect(tensors[0] == tensors[1])
    try stopped.run.trainer().train()
    #expect(try metrics(stopped.run.folder) == metrics(whole.run.folder))
  }

  @Test("Ended at any step without a checkpoint, it repeats what came after the last one")
  func collapse() throws {
    let whole = try LinearRun(temporary.run("whole"))
    try whole.trainer().train()
    for step in 0..<12 {
      let run = try LinearRun(temporary.run("ended-\(step)"), "training.checkpointEvery=3")
      #expect(throws: TrainingFailure.self) { try run.trainer(faults: [step: .error]).train() }
      #expect(try metrics(run.folder).count { $0.contains("\"kind\":\"step\"") } == step)
      // A process that is killed can leave half a line.
      let file = try FileHandle(forWritingTo: run.folder.metrics)
      try file.seekToEnd()
      try file.write(contentsOf: Data("{\"kind\":\"st".utf8))
      try file.close()
      try run.trainer().train()
      #expect(try bytes(run.folder.model).suffix(2600) == bytes(whole.folder.model).suffix(2600))
      #expect(try metrics(run.folder) == metrics(whole.folder))
    }
  }

  @Test("A finished run that is resumed stays as it is")
  func finished() throws {
    let run = try LinearRun(temporary.run("a"))
    let first = try run.trainer().train()
    let (model, lines) = (try bytes(run.folder.model), try metrics(run.folder))
    let second = try run.trainer().train()
    #expect(second.testAccuracy == first.testAccuracy)
    #expect(try bytes(run.folder.model) == model)
    #expect(try metrics(run.folder) == lines)
  }

  @Test("With a validation part the best model is kept, and the figure with it")
  func validation() throws {
    let run = try LinearRun(
      temporary.run("a"), "data.validationFraction=0.1", "training.epochs=6",
      "training.learningRate=0.5")
    let summary = try run.trainer().train()
    let accuracies = try metrics(run.folder).compactMap {
      try /"validationAccuracy":([0-9.e-]+)/.firstMatch(in: $0).flatMap { Double($0.1) }
    }
    #expect(accuracies.count == 6)
    #expect(summary.validationAccuracy == accuracies.max())
  }

  @Test("An infinite loss stops the training before the step and names the term")
  func infiniteLoss() throws {
    let run = try LinearRun(temporary.run("a"))
    let trainer = try run.trainer(faults: [6: .loss])
    #expect {
      try trainer.train()
    } throws: {
      "\($0)" == "\(run.folder.path): training stopped at step 7 (epoch 2): the loss term "
        + "'penalty' is inf, expected a finite number. The checkpoint after step 4 is kept. "
        + "Try a lower training.learningRate or set training.gradientClipping."
    }
    #expect(trainer.position.step == 6)
    let finite = trainer.model.state.entries.allSatisfy { $0.tensor.isFinite.all().item == 1 }
    #expect(finite)
  }

  @Test("A gradient that is not finite names the parameter")
  func undefinedGradient() throws {
    let run = try LinearRun(temporary.run("a"))
    #expect {
      try run.trainer(faults: [1: .gradient]).train()
    } throws: {
      "\($0)".contains(
        "step 2 (epoch 1): the gradient of 'bias' is not finite, though the loss is. "
          + "There is no checkpoint yet.")
    }
  }

  @Test("Two processes cannot train one run")
  func lock() throws {
    let run = try LinearRun(temporary.run("a"))
    let trainer = try run.trainer()
    #expect { try run.trainer() } throws: { ($0 as? Failure)?.kind == .inUse }
    try trainer.train()
  }

  @Test("It ends once the validation accuracy has not risen for so many epochs, interrupted or not")
  func patience() throws {
    // Nothing is learnt, so that the first epoch is the best one.
    let settings = ["training.learningRate=1e-12", "training.epochs=9", "training.patience=2"]
    func run(_ name: String, _ fraction: String) throws -> LinearRun {
      try LinearRun(
        temporary.run(name), settings[0], settings[1], settings[2],
        "data.validationFraction=\(fraction)")
    }
    let whole = try run("a", "0.2")
    let trainer = try whole.trainer()
    try trainer.train()
    #expect(trainer.position.epoch == 3)
    let stopped = try run("b", "0.2")
    let batches = trainer.position.step / 3
    try stopped.trainInterrupted(after: 2 * batches)
    let again = try stopped.trainer()
    #expect(again.position.epoch == 3)
    #expect(
      try Data(contentsOf: stopped.folder.model) == Data(contentsOf: whole.folder.model))
    #expect {
      try run("c", "0")
    } throws: {
      "\($0)".contains("data.validationFraction above 0")
    }
  }

  @Test("Gradients are clipped if asked")
  func clipping() throws {
    let run = try LinearRun(
      temporary.run("a"), "training.gradientClipping=1e-6", "training.optimizer=sgd",
      "training.momentum=0", "training.learningRate=1")
    let trainer = try run.trainer()
    let before = trainer.model.parameters.map { $0.detached + 0 }
    try trainer.train()
    let changes = zip(before, trainer.model.parameters).map { ($0 - $1.detached) }
    let change = globalNorm(changes).item
    #expect(change > 0 && change < 12e-6)
  }
}
