import Catalogs

/// The optimizers by name. A new one is one line in `builtIn`.
public enum OptimizerCatalog {
  /// What optimizers are made with; each takes what it knows.
  public struct Settings: Sendable {
    /// The step size at first, above 0.
    public var learningRate: Double
    /// μ, in [0, 1); 0 for none.
    public var momentum: Double
    /// The share of a parameter that is added to its gradient, at least 0; `adamw` decouples it.
    public var weightDecay: Double

    public init(learningRate: Double, momentum: Double = 0.9, weightDecay: Double = 0) {
      self.learningRate = learningRate
      self.momentum = momentum
      self.weightDecay = weightDecay
    }
  }

  /// A named optimizer.
  public struct Entry: Sendable {
    /// What settings call it.
    public let name: String
    let optimizer: @Sendable (ModuleState, Settings) -> any Optimizer

    /// - Parameter optimizer: one of a module's parameters that has taken no step.
    public init(
      _ name: String, optimizer: @escaping @Sendable (ModuleState, Settings) -> any Optimizer
    ) {
      self.name = name
      self.optimizer = optimizer
    }
  }

  private static let builtIn = [
    Entry("adam") { Adam($0, learningRate: $1.learningRate, weightDecay: $1.weightDecay) },
    Entry("adamw") {
      Adam(
        $0, learningRate: $1.learningRate, weightDecay: $1.weightDecay, isDecayDecoupled: true)
    },
    Entry("sgd") {
      SGD(
        $0, learningRate: $1.learningRate, momentum: $1.momentum, weightDecay: $1.weightDecay)
    },
  ]

  private static let catalog = Catalog(builtIn, of: "optimizer", name: { $0.name })

  /// All names, those of other packages included.
  public static var names: [String] { catalog.names }

  /// The optimizer of a name for a module's parameters; nil if there is none.
  public static func optimizer(
    named name: String, of state: ModuleState, _ settings: Settings
  ) -> (any Optimizer)? {
    catalog[name]?.optimizer(state, settings)
  }

  /// Adds an optimizer of another package.
  ///
  /// - Throws: `CatalogError` if its name cannot be used.
  public static func add(_ entry: Entry) throws(CatalogError) { try catalog.add(entry) }
}
