import Failures
import Methods
import NeuralNetworks
import Robustness
import Settings

/// How a model is trained, whatever its method.
public struct TrainingSettings: Codable, Hashable, Sendable {
  /// How the learning rate goes on within each phase of the method.
  public enum Schedule: String, Codable, Sendable, CaseIterable {
    /// As the method's phase says.
    case method
    case milestones, cosine
    case oneCycle = "one-cycle"

    package var decay: TrainingPhase.Decay? { .init(rawValue: rawValue) }
  }

  /// In which numbers a step is computed.
  public enum Precision: String, Codable, Sendable, CaseIterable {
    /// In those of the model.
    case full
    /// Features with products in bfloat16 (`MixedPrecision`).
    case mixed
  }

  @Setting("passes over the training samples (paper: 140)", .epochs)
  public var epochs = 30
  @Setting("samples a step (paper: 128)", .batchSize)
  public var batchSize = 128
  /// One of `OptimizerCatalog`.
  @Setting("adam (the paper's), adamw (its decay decoupled) or sgd")
  public var optimizer = "adam"
  @Setting("at the start (paper: 0.001)", .positive(upTo: 1e3))
  public var learningRate = 1e-3
  /// Of SGD; Adam has its own.
  @Setting("of sgd", .shareBelowOne)
  public var momentum = 0.9
  @Setting("paper: 0", .numbers(0...1e3))
  public var weightDecay = 0.0
  @Setting("of the rate: method (milestones for most), milestones, cosine or one-cycle")
  public var schedule = Schedule.method
  @Setting("where the rate falls, as shares of the run (paper: epoch 90 of 140)", .positiveShare)
  public var milestones = [90.0 / 140]
  @Setting("what the rate is multiplied with there (paper: 0.1)", .positive(upTo: 1e3))
  public var factor = 0.1
  @Setting("share of each phase in which the rate rises from 0 to the schedule's", .shareBelowOne)
  public var warmUp = 0.0
  /// Epochs without a better validation accuracy after which training ends, counted once the rate is warm and
  /// in the last phase; 0 goes on to the last one.
  @Setting("ends after so many epochs without a better validation accuracy; 0: never", .count)
  public var patience = 0
  @Setting("greatest norm of all gradients together; 0: as the method says", .weight)
  public var gradientClipping = 0.0
  @Setting(AdversarialSettings.note)
  public var adversarial = AdversarialSettings()
  /// Learning weights that are mostly 0.
  public var sparsity = SparsitySettings()
  /// The Hessian of the loss, at the start and in training.
  public var curvature = CurvatureSettings()
  @Setting("training samples measured after each epoch; 0: none", .integers(0...1_000_000_000))
  public var accuracySamples = 1000
  @Setting("full, or mixed: features by products in bfloat16, all else float32")
  public var precision = Precision.full
  @Setting("of one operation; 0: libtorch's choice", .integers(0...1024))
  public var threads = 0
  /// GiB that the process may take, all together; 0: `StepMemory.share` of what is free beside it.
  @Setting("GiB that the process may take; 0: nine tenths of what is free", .numbers(0...1e6))
  public var memory = 0.0
  @Setting("steps between checkpoints; 0: at the end of each epoch", .integers(0...1_000_000_000))
  public var checkpointEvery = 0
  @Setting("a checkpoint is also written when the last one is so old", .numbers(0...1e9))
  public var checkpointSeconds = 30.0

  public init() {}

  /// The budget of a small model is 30 epochs, that of the paper's 140.
  public init(for scale: ModelScale) { epochs = scale == .small ? 30 : 140 }

  /// Refuses settings that do not go together, each of them in its range.
  func validate() throws(ConfigurationError) {
    try check(
      OptimizerCatalog.names.contains(optimizer), "training.optimizer",
      expected: "one of " + OptimizerCatalog.names.joined(separator: ", "), found: optimizer)
    _ = try adversarialObjective()
    try sparsity.validate(epochs: epochs)
  }

  /// What the model learns from beside clean images, or nil.
  package func adversarialObjective() throws(ConfigurationError) -> (any AdversarialObjective)? {
    do {
      return try AdversarialObjectiveCatalog.objective(adversarial)
    } catch {
      throw .invalidValue(
        key: "training.adversarial.\(error.location)", origin: nil, expected: error.expected,
        found: error.found)
    }
  }

  /// A new optimizer of a model's parameters; the settings are valid.
  public func optimizer(of state: ModuleState) -> any Optimizer {
    OptimizerCatalog.optimizer(
      named: optimizer, of: state,
      .init(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay))!
  }
}

/// The Hessian of the loss by all weights: how large it is in training, and how large it is to be at the start.
public struct CurvatureSettings: Codable, Hashable, Sendable {
  @Setting("epochs between measurements of the Hessian's norm; 0: none", .count)
  public var every = 0
  @Setting("products with the Hessian in a measurement", .integers(1...1000))
  public var products = 10
  @Setting(
    "its norm that initial weights are scaled for by one factor; 0: as they are drawn", .weight)
  public var initialNorm = 0.0

  /// Whether anything is to be measured.
  package var isWanted: Bool { every > 0 || initialNorm > 0 }
}

extension SettingRange {
  /// Passes over the samples.
  public static let epochs = integers(1...1_000_000)
  /// Samples at once.
  public static let batchSize = integers(1...1_000_000)
}

extension AdversarialSettings {
  /// What they mean, which their module has no words for.
  fileprivate static let note = SettingNote(
    "learning from images that an attack has moved",
    below: [
      "objective": SettingNote("none, pgd-at, trades or mart, around any method"),
      "epsilon": SettingNote("budget of the inner attack in L-inf"),
      "stepSize": SettingNote("length of its steps"),
      "steps": SettingNote("of the inner attack", .integers(1...10_000)),
      "start": SettingNote("its start: automatic (the publication's), uniform or normal"),
      "beta": SettingNote("weight of TRADES' divergence (publication: 6)", .weight),
      "lambda": SettingNote(
        "weight of MART's divergence (publication: 5 for ResNet-18)", .weight),
    ])
}
