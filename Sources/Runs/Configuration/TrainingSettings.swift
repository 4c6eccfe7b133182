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

  public var epochs = 30
  public var batchSize = 128
  /// One of `OptimizerCatalog`.
  public var optimizer = "adam"
  public var learningRate = 1e-3
  /// Of SGD; Adam has its own.
  public var momentum = 0.9
  public var weightDecay = 0.0
  public var schedule = Schedule.method
  /// Where the learning rate falls, as shares of the run (paper: epoch 90 of 140).
  public var milestones = [90.0 / 140]
  /// What the learning rate is multiplied with at each milestone.
  public var factor = 0.1
  /// The share of each phase in which the learning rate rises to what the schedule says, in proportion.
  public var warmUp = 0.0
  /// Epochs without a better validation accuracy after which training ends, counted once the rate is warm and
  /// in the last phase; 0 goes on to the last one.
  public var patience = 0
  /// The greatest norm of all gradients together; 0 leaves it to the method, which may not clip.
  public var gradientClipping = 0.0
  /// Learning from images that an attack has moved.
  public var adversarial = AdversarialSettings()
  /// Learning weights that are mostly 0.
  public var sparsity = SparsitySettings()
  /// The Hessian of the loss, at the start and in training.
  public var curvature = CurvatureSettings()
  /// Training samples whose accuracy is measured after each epoch; 0 measures none.
  public var accuracySamples = 1000
  public var precision = Precision.full
  /// Threads of one operation; 0 leaves the choice to libtorch.
  public var threads = 0
  /// GiB that the process may take, all together; 0: `StepMemory.share` of what is free beside it.
  public var memory = 0.0
  /// Steps between checkpoints; 0 writes one at the end of each epoch.
  public var checkpointEvery = 0
  /// A checkpoint is also written whenever the last one is so many seconds old.
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
  /// Epochs between measurements; 0 measures nothing.
  public var every = 0
  /// Products with the Hessian in one measurement.
  public var products = 10
  /// The norm that initial weights are scaled for, as far as one factor of all of them can do it; 0 leaves them as
  /// they are drawn.
  public var initialNorm = 0.0

  /// Whether anything is to be measured.
  package var isWanted: Bool { every > 0 || initialNorm > 0 }

  public static let notes: SettingNotes = [
    "every": .init("epochs between measurements of the Hessian's norm; 0: none", .count),
    "products": .init("products with the Hessian in a measurement", .integers(1...1000)),
    "initialNorm": .init(
      "its norm that initial weights are scaled for by one factor; 0: as they are drawn", .weight),
  ]
}

extension SettingRange {
  /// Passes over the samples.
  public static let epochs = integers(1...1_000_000)
  /// Samples at once.
  public static let batchSize = integers(1...1_000_000)
}
