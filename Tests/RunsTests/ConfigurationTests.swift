import Datasets
import Foundation
import Methods
import Runs
import TestSupport
import Testing

@Suite struct ConfigurationTests {
  /// The configuration with the given `--set` arguments.
  private func resolved(_ settings: String...) throws -> Configuration {
    try Configuration.resolved(settings.flatMap { try ConfigurationOverride.setting($0) })
  }

  /// The message of the error with which the given arguments are refused.
  private func message(_ settings: String...) -> String {
    TestSupport.message {
      _ = try Configuration.resolved(settings.flatMap { try ConfigurationOverride.setting($0) })
    }
  }

  @Test("Without a word, it is Zubov-Net on the digits for 30 epochs")
  func defaults() throws {
    let configuration = try Configuration.resolved([])
    #expect(configuration.method == "zubov-net")
    #expect(configuration.data.name == "digits")
    #expect(configuration.training.epochs == 30)
    #expect(configuration.training.batchSize == 128)
    #expect(configuration.training.learningRate == 1e-3)
    #expect(configuration == (try Configuration.defaults()))
  }

  @Test("Later overrides win, flags after --set after the file")
  func order() throws {
    let file = try ConfigurationOverride.yaml(
      "training: {epochs: 3, batchSize: 16}\nseed: 4\n", source: "a.yaml")
    let set = try ConfigurationOverride.setting("training.epochs=5")
    let flag = ConfigurationOverride(["seed"], .integer(9), origin: "--seed")
    let configuration = try Configuration.resolved(file + set + [flag])
    #expect(configuration.training.epochs == 5)
    #expect(configuration.training.batchSize == 16)
    #expect(configuration.seed == 9)
  }

  @Test("The data set decides the method's defaults")
  func defaultsForData() throws {
    let points = try resolved("data.name=toy-2d", "method=neural-ode")
    #expect(points.data.name == "toy-2d")
    #expect(try points == Configuration.defaults(method: "neural-ode", data: "toy-2d"))
    #expect(points.model != (try resolved("method=neural-ode")).model)
  }

  @Test("Numbers, lists and whole mappings can be set; an integer is a number too")
  func values() throws {
    let configuration = try resolved(
      "training.learningRate=1", "training.milestones=[0.5, 1]", "data={limit: 7, seed: 2}",
      "training.optimizer=sgd")
    #expect(configuration.training.learningRate == 1)
    #expect(configuration.training.milestones == [0.5, 1])
    #expect(configuration.data.limit == 7 && configuration.data.seed == 2)
    #expect(configuration.training.optimizer == "sgd")
  }

  @Test("Every default configuration reads back from its own YAML as itself")
  func roundTrip() throws {
    for method in MethodCatalog.all {
      for source in DatasetCatalog.sources {
        let configuration = try Configuration.defaults(
          method: method.name, data: source.card.name)
        let text = try configuration.tree.yaml
        let read = try Configuration.resolved(
          ConfigurationOverride.yaml(text, source: "config.yaml"))
        #expect(read == configuration, "\(text)")
        #expect(try read.hash == configuration.hash)
      }
    }
  }

  @Test("An unknown key is named, with where it stands and the nearest one that there is")
  func unknownKeys() throws {
    #expect(
      message("training.epoch=5")
        == "--set training.epoch=5: there is no key 'training.epoch'. "
        + "Did you mean training.epochs?")
    #expect(message("epochs=5").hasSuffix("Did you mean training.epochs?"))
    #expect(message("training.epochs.x=5").contains("there is no key 'training.epochs.x'"))
    #expect(
      message("zzzzzzzzzz=5").hasSuffix("The config.yaml of any run lists all of them."))
    let folder = try TemporaryFolder()
    let file = try folder.write("seed: 1\ntraining:\n  batchsize: 3\n", to: "a.yaml")
    #expect {
      try Configuration.resolved(ConfigurationOverride.file(at: file))
    } throws: {
      "\($0)" == "\(file.relativePath):3: there is no key 'training.batchsize'. "
        + "Did you mean training.batchSize?"
    }
  }

  @Test("A value of the wrong type says what is expected and what was found")
  func wrongTypes() {
    #expect(
      message("training.epochs=many")
        == "--set training.epochs=many: training.epochs: expected an integer, found many")
    #expect(
      message("training.epochs=2.5")
        == "--set training.epochs=2.5: training.epochs: expected an integer, found 2.5")
    #expect(
      message("training.milestones=0.5")
        == "--set training.milestones=0.5: training.milestones: "
        + "expected a list, each element a number, found 0.5")
    #expect(
      message("training=5").hasPrefix(
        "--set training=5: training: expected a mapping with the keys epochs, batchSize"))
    #expect(
      message("seed=null") == "--set seed=null: seed: expected an integer, found null")
    #expect(
      message("seed=-1")
        == "--set seed=-1: seed: expected an integer of at least 0, found -1")
  }

  @Test("An empty group sets nothing, and is no value of a setting")
  func emptyGroups() throws {
    let settings = ["training.epochs=7", "training={}", "training.adversarial={}"]
    let configuration = try Configuration.resolved(
      settings.flatMap { try ConfigurationOverride.setting($0) })
    #expect(configuration.training.epochs == 7)
    #expect(
      message("training.epochs={}")
        == "--set training.epochs={}: training.epochs: expected an integer, found {}")
    #expect(
      message("seed={}") == "--set seed={}: seed: expected an integer, found {}")
  }

  @Test("A group without a value is named, not the keys that are set in it")
  func missingGroups() {
    #expect(
      message("training=", "training.epochs=3")
        == "--set training=: training: expected a mapping, found null")
    #expect(
      message("data=null", "data.limit=3", "seed=1")
        == "--set data=null: data: expected a mapping, found null")
  }

  @Test("A value out of range says so, and where it came from")
  func valuesOutOfRange() {
    #expect(
      message("training.optimizer=lion")
        == "--set training.optimizer=lion: training.optimizer: expected one of adam, adamw, sgd, "
        + "found lion")
    #expect(
      message("precision=half")
        == "--set precision=half: precision: expected one of float32, float64, found half")
    #expect(
      message("training.epochs=0")
        == "--set training.epochs=0: training.epochs: expected an integer from 1 to 1000000, found 0"
    )
    #expect(
      message("training.learningRate=.nan").contains(
        "expected a number above 0, up to 1000, found nan"))
    #expect(message("data.validationFraction=1").contains("expected a number in [0, 1)"))
    let solver = message("model.backbone.flow.solver=rk5", "method=neural-ode")
    #expect(
      solver.contains(
        "expected one of euler, midpoint, heun, ssprk3, rk4, rk4-38, ssprk3-2, ssprk4-2, ssprk4-3, "
          + "ssprk5-4, ssprk10-4, adaptive-heun, bosh3, dopri5, dopri8, rodas4, found rk5"))
    let methods = MethodCatalog.all.map { $0.name }.joined(separator: ", ")
    #expect(message("method=zubov") == "method: expected one of \(methods), found 'zubov'")
    #expect(message("data.name=imagenet").contains("imagenet"))
  }

  @Test("What is no configuration at all is refused")
  func malformed() throws {
    #expect(
      message("training.epochs")
        == "--set training.epochs: expected KEY=VALUE such as training.epochs=5, "
        + "found 'training.epochs'")
    #expect(message("training..epochs=5").contains("expected KEY=VALUE"))
    #expect(message("training.milestones=[1").contains("expected well-formed YAML"))
    for text in ["- 1\n", "just text\n", "seed: [1\n", "seed: 1\nseed: 2\n"] {
      #expect(throws: ConfigurationError.self) {
        try ConfigurationOverride.yaml(text, source: "a.yaml")
      }
    }
    #expect(try ConfigurationOverride.yaml("# nothing\n", source: "a.yaml").isEmpty)
    #expect {
      try ConfigurationOverride.file(at: URL(fileURLWithPath: "/nowhere/a.yaml"))
    } throws: {
      "\($0)".hasPrefix("/nowhere/a.yaml: expected a readable configuration file")
    }
  }

  @Test("The hash is that of the experiment, whatever the order of keys and the machine")
  func hash() throws {
    let hash = try resolved().hash
    #expect(hash.count == 64)
    #expect(
      try resolved("device=cuda", "training.threads=2", "training.checkpointEvery=3").hash
        == hash)
    #expect(try resolved("seed=1").hash != hash)
    #expect(try resolved("training.learningRate=0.002").hash != hash)
    let shuffled = try Configuration.resolved(
      ConfigurationOverride.yaml(
        "training: {batchSize: 128, epochs: 30}\ndata: {limit: 0, seed: 0}", source: "a"))
    #expect(try shuffled.hash == hash)
  }

  @Test("A run may resume elsewhere, but not as another experiment")
  func resuming() throws {
    let saved = try resolved()
    func overrides(_ settings: String...) throws -> [ConfigurationOverride] {
      try settings.flatMap { try ConfigurationOverride.setting($0) }
    }
    let moved = try saved.resumed(
      overrides("device=auto", "training.threads=1", "training.epochs=30"), run: "runs/a")
    #expect(moved.device == "auto")
    #expect {
      try saved.resumed(
        overrides("training.epochs=40", "seed=3", "method=resnet18"), run: "runs/a")
    } throws: {
      "\($0)" == """
        runs/a: a run resumes with its own configuration, found other values:
          method: zubov-net in the run, resnet18 asked for
          training.epochs: 30 in the run, 40 asked for
          seed: 0 in the run, 3 asked for
        Leave these out to resume, or start another run with --out.
        """
    }
  }

  @Test("Differences name the key and both values")
  func differences() throws {
    let differences = try resolved("training.epochs=5", "training.factor=0.5")
      .differences(from: resolved())
    #expect(
      differences == [
        .init(key: "training.epochs", value: "5", other: "30"),
        .init(key: "training.factor", value: "0.5", other: "0.1"),
      ])
  }
}
