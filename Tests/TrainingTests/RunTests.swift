import Datasets
import Failures
import Foundation
import Methods
import NeuralNetworks
import Runs
import Settings
import Tensors
import TestSupport
import Testing
import Training

/// Runs of the real methods, as the command makes them.
@Suite struct RunTests {
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func configuration(_ method: String, _ settings: String...) throws -> Configuration {
    let usual = [
      "method=\(method)", "training.epochs=2", "training.batchSize=32", "data.limit=96",
      "training.accuracySamples=50",
    ]
    return try Configuration.resolved(
      (usual + settings).flatMap { try ConfigurationOverride.setting($0) })
  }

  /// A run that was stopped after its second step.
  private func interrupted(_ name: String) throws -> RunFolder {
    let folder = temporary.run(name)
    let trainer = try Trainer.starting(configuration("neural-ode"), in: folder, terminal: silent)
    #expect(throws: TrainingInterrupted.self) {
      var count = 0
      try trainer.train {
        count += 1
        return count == 2
      }
    }
    return folder
  }

  @Test(
    "Each method ends with the same bytes if it is stopped within an epoch and resumed",
    arguments: ["neural-ode", "zubov-net"])
  func resume(_ method: String) throws {
    let whole = temporary.run("whole")
    try Trainer.starting(configuration(method), in: whole, terminal: silent).train()
    let stopped = temporary.run("stopped")
    do {
      let trainer = try Trainer.starting(configuration(method), in: stopped, terminal: silent)
      var count = 0
      #expect(throws: TrainingInterrupted.self) {
        try trainer.train {
          count += 1
          return count == 4
        }
      }
    }
    try Trainer.resuming(stopped, terminal: silent).train()
    #expect(try bytes(stopped.model) == bytes(whole.model))
    #expect(try metrics(stopped) == metrics(whole))
  }

  @Test("A run opens with the weights that training ended with")
  func open() throws {
    let folder = temporary.run("a")
    let trainer = try Trainer.starting(configuration("neural-ode"), in: folder, terminal: silent)
    try trainer.train()
    let run = try Run.open(folder.path)
    #expect(run.configuration == trainer.configuration)
    #expect(run.classNames == (0...9).map(String.init))
    #expect(run.input == ModelInput(shape: [1, 8, 8], classCount: 10))
    let alone = try Run.open(folder.model.path)
    #expect(alone.folder == nil && alone.configuration == run.configuration)
    for (a, b) in zip(run.model.parameters, trainer.model.parameters) {
      #expect(a.bytes == b.bytes)
    }
  }

  @Test("A model that PyTorch wrote opens with a configuration, and not without")
  func foreignModel() throws {
    let settings = try ConfigurationOverride.setting("method=neural-ode")
    let model = try Configuration.resolved(settings)
      .freshModel(for: ModelInput(shape: [1, 8, 8], classCount: 10), on: .cpu)
    let path = temporary.path("foreign.safetensors")
    try SafeTensors(model.state.tensors).write(to: path)
    #expect(try Run.open(path, overrides: settings).model.parameterCount == model.parameterCount)
    #expect(
      message { _ = try Run.open(path) }
        == "\(path): expected a configuration in the file's metadata, found none. "
        + "Give the model's with --config FILE.yaml, such as the config.yaml of a run.")
    let other = try ConfigurationOverride.setting("method=resnet18")
    #expect(throws: ModuleStateError.self) { try Run.open(path, overrides: other) }
  }

  @Test("A folder that is there is left alone, one that cannot be made is an error")
  func existing() throws {
    let folder = try interrupted("a")
    let before = try bytes(folder.checkpoint)
    #expect(
      message { _ = try Trainer.starting(configuration("neural-ode"), in: folder) }
        == "\(folder.path): expected a new folder, found one that is there. Choose another with "
        + "--out, or continue that run with --resume \(folder.path).")
    #expect(try bytes(folder.checkpoint) == before)
    _ = try temporary.write("", to: "file")
    let impossible = temporary.run("file/b")
    #expect(
      message { _ = try Trainer.starting(configuration("neural-ode"), in: impossible) }
        .hasPrefix("\(impossible.path): expected a folder that can be made, found"))
    #expect(try temporary.contents == ["a", "file"])
  }

  @Test("Nothing is written for a run that cannot be")
  func refused() throws {
    let folder = temporary.run("a")
    #expect(throws: DeviceError.self) {
      try Trainer.starting(configuration("neural-ode", "device=tpu"), in: folder)
    }
    #expect(throws: SettingsError.self) {
      try Trainer.starting(
        configuration("neural-ode", "model.backbone.features.channels=[1]"), in: folder)
    }
    #expect(try temporary.contents.isEmpty)
  }

  @Test("Unused names are numbered")
  func names() throws {
    let parent = temporary.path("runs")
    let configuration = try configuration("neural-ode", "seed=3")
    let name = parent + "/neural-ode-digits-seed3"
    #expect(RunFolder.unused(for: configuration, in: parent).path == name)
    try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: true)
    #expect(RunFolder.unused(for: configuration, in: parent).path == name + "-2")
  }

  @Test("A missing or damaged piece of a run is named")
  func damaged() throws {
    #expect(
      message { _ = try Trainer.resuming(temporary.run("none")) }.contains(
        "none/config.yaml: expected the configuration of a run, found no such folder"))
    #expect(message { _ = try Run.open(temporary.path("none")) }.contains("found nothing"))

    let folder = try interrupted("a")
    #expect(message { _ = try Run.open(folder.path) }.contains("has not finished an epoch"))
    let checkpoint = try bytes(folder.checkpoint)
    try checkpoint.dropLast(10).write(to: folder.checkpoint)
    #expect(throws: Failure.self) { try Trainer.resuming(folder, terminal: silent) }
    try SafeTensors([:]).write(to: folder.checkpoint.path)
    #expect(
      message { _ = try Trainer.resuming(folder, terminal: silent) }
        == "\(folder.checkpoint.path): expected a checkpoint with format basin-checkpoint, found "
        + "none. Delete the file to begin this run again, or put back a copy.")
    var file = try SafeTensors(bytes: [UInt8](checkpoint))
    file.tensors["model.dynamics.0.weight"] = nil
    try file.write(to: folder.checkpoint.path)
    #expect(
      message { _ = try Trainer.resuming(folder, terminal: silent) }.contains(
        "dynamics.0.weight: expected, but not there"))
    try checkpoint.write(to: folder.checkpoint)
    #expect(throws: Never.self) { try Trainer.resuming(folder, terminal: silent) }

    var text = try String(contentsOf: folder.configuration, encoding: .utf8)
    text.replace("\nseed: 0", with: "\nseed: 1")
    try Data(text.utf8).write(to: folder.configuration)
    #expect(
      message { _ = try Trainer.resuming(folder, terminal: silent) }.contains(
        "a checkpoint with configurationHash"))
  }

  @Test("Provenance says what the run was made with, and each session")
  func provenance() throws {
    let folder = try interrupted("a")
    try Trainer.resuming(folder, terminal: silent).train()
    let provenance = try Provenance(contentsOf: folder.provenance)
    #expect(try provenance.configurationHash == configuration("neural-ode").hash)
    #expect(provenance.sessions.map(\.stepsBefore) == [0, 2])
    #expect(provenance.sessions[0].libtorch == Torch.version)
    #expect(Set(provenance.data.keys) == ["train", "test"])
  }

  @Test("Resuming with another configuration is refused")
  func changed() throws {
    let folder = try interrupted("a")
    let overrides = try ConfigurationOverride.setting("training.learningRate=0.5")
    #expect(
      message { _ = try Trainer.resuming(folder, overrides: overrides, terminal: silent) }
        .contains("training.learningRate: 0.001 in the run, 0.5 asked for"))
    let circumstances = try ConfigurationOverride.setting("training.checkpointEvery=1")
    #expect(throws: Never.self) {
      try Trainer.resuming(folder, overrides: circumstances, terminal: silent).train()
    }
  }
}
