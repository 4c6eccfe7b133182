import Datasets
import Files
import Methods
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// All that determines a run, with nothing left to defaults.
public struct Configuration: Hashable, Sendable {
  /// In which numbers a model is trained and used.
  public enum Precision: String, Codable, Sendable, CaseIterable {
    case float32, float64

    /// The type of the model's tensors.
    public var dtype: DType { self == .float32 ? .float32 : .float64 }
  }

  /// The name of a method of `MethodCatalog`.
  @Setting("one of `basin methods`")
  public private(set) var method: String
  /// Whose defaults the model's settings started from.
  @Setting("small or paper: whose sizes the defaults of the model are")
  public private(set) var scale: ModelScale
  /// The data set, and how it is divided into what is learned from and what is held out.
  public let data: DataSettings
  /// The method's own settings.
  public let model: ConfigurationTree
  /// How weights are learned, whatever the method.
  public let training: TrainingSettings
  @Setting("of the initial weights, the order of samples and every draw")
  public private(set) var seed: UInt64
  @Setting("cpu, cuda, cuda:N or auto")
  public private(set) var device: String
  /// The numbers of weights, states and gradients alike.
  @Setting("float32 or float64")
  public private(set) var precision: Precision

  init(
    method: String = defaultMethod, scale: ModelScale = .small,
    data: DataSettings = DataSettings(name: defaultData), model: ConfigurationTree = .mapping([]),
    training: TrainingSettings = TrainingSettings(), seed: UInt64 = 0, device: String = "cpu",
    precision: Precision = .float32
  ) {
    self.data = data
    self.model = model
    self.training = training
    self.method = method
    self.scale = scale
    self.seed = seed
    self.device = device
    self.precision = precision
  }

  /// What the settings outside the method's own mean.
  public static let notes = SettingNotes(of: Configuration())

  /// The configuration as it stands in a file.
  public var tree: ConfigurationTree {
    get throws {
      .mapping([
        .init("method", .string(method)),
        .init("scale", .string(scale.rawValue)),
        .init("data", try ConfigurationTree(encoding: data)),
        .init("model", model),
        .init("training", try ConfigurationTree(encoding: training)),
        .init("seed", try ConfigurationTree(encoding: seed)),
        .init("device", .string(device)),
        .init("precision", .string(precision.rawValue)),
      ])
    }
  }

  init(_ tree: ConfigurationTree) throws(ConfigurationError) {
    func part<Part: Decodable>(_ key: String) throws(ConfigurationError) -> Part {
      try (tree[[key]] ?? .null).decoded(as: Part.self, at: key)
    }
    self.init(
      method: try part("method"), scale: try part("scale"), data: try part("data"),
      model: tree[["model"]] ?? .mapping([]),
      training: try part("training"), seed: try part("seed"), device: try part("device"),
      precision: try part("precision"))
    try Self.checkNumbers(of: data, by: Self.notes, at: "data")
    try Self.checkNumbers(of: training, by: Self.notes, at: "training")
    try training.validate()
    try check(
      training.patience == 0 || data.validationFraction > 0, "training.patience",
      expected: "0, or data.validationFraction above 0 for accuracies to wait for",
      found: training.patience)
  }

  /// The model that this configuration describes, freshly initialised.
  ///
  /// - Throws: `ConfigurationError` or `SettingsError` if the settings are not usable.
  public func freshModel(
    for input: ModelInput, on device: Device
  ) throws -> any TrainableClassifier {
    func build<M: Method>(_ method: M.Type) throws -> any TrainableClassifier {
      try M.build(
        model.decoded(as: M.Settings.self, at: "model"), input: input,
        generator: RandomGenerator(seed: seed, keys: Self.initialisation),
        dtype: precision.dtype, device: device)
    }
    return try build(try Self.method(named: method))
  }

  /// Keys the generator of the initial weights, apart from those of the steps.
  private static let initialisation: UInt64 = 0x1417

  // MARK: Identity

  /// Settings that say where and how a run is carried out, not what comes out of it.
  package static let circumstances: Set<String> = [
    "device", "training.threads", "training.memory", "training.checkpointEvery",
    "training.checkpointSeconds", "training.curvature.every",
  ]

  /// The SHA-256, in hexadecimal digits, of every setting that determines the result: equal hashes
  /// are the same experiment. It does not depend on the order of keys.
  public var hash: String {
    get throws {
      let lines = try tree.leaves.filter { !Self.circumstances.contains($0.key) }
        .map { "\($0.key): \($0.value)\n" }.sorted().joined()
      return SHA256.digest(of: lines.utf8)
    }
  }

  /// The settings in which this configuration differs from another.
  ///
  /// - Throws: what its coding throws, which is a mistake of the program.
  public func differences(from other: Configuration) throws -> [ConfigurationDifference] {
    try tree.differences(from: other.tree)
  }
}
