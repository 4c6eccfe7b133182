import NeuralNetworks
import Settings
import Tensors

/// A way to build and train classifiers, with its settings. Adding one is a folder with a type that
/// conforms to this, and a line in `MethodCatalog`; from another package, `BasinTool.run(methods:)`.
public protocol Method: SendableMetatype {
  /// The settings of the model and its objective, complete, as they stand in a configuration file: each a
  /// `Setting`, or a group of them.
  associatedtype Settings: Codable & Sendable

  /// The name on the command line, such as `zubov-net`.
  static var name: String { get }
  /// One line for lists.
  static var summary: String { get }
  /// Where the method is published.
  static var reference: String { get }
  /// The settings for inputs of this kind. What they mean, with the paper's value where it gives one, and
  /// the range of each number do not depend on it.
  static func defaults(for input: ModelInput) -> Settings

  /// A freshly initialised model of settings whose numbers are within their ranges, for an
  /// input that `ModelInput.check` lets pass. Called by `build`.
  ///
  /// - Throws: `SettingsError` if settings contradict each other or the input.
  static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier
}

extension Method {
  /// What each setting means, and the range of each number, by its key (such as `losses.margin`).
  /// Configuration files carry them as comments.
  ///
  /// - Parameter group: the key that the settings stand below.
  public static func notes(below group: String = "") -> SettingNotes {
    SettingNotes(of: defaults(for: ModelInput(shape: [1, 8, 8], classCount: 10)), at: group)
  }

  /// A freshly initialised model. Nothing is allocated before every number is known to be sound.
  ///
  /// - Throws: `SettingsError` if a number is out of its range, or settings contradict each other or
  ///   the input.
  public static func build(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try input.check()
    try notes().check(settings)
    return try model(
      settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}

/// What a model is given.
public struct ModelInput: Sendable, Hashable {
  /// Of one sample: [C, H, W], or [d] for points.
  public let shape: [Int]
  /// How many classes there are to tell apart.
  public let classCount: Int
  /// How large a model the defaults describe.
  public let scale: ModelScale
  /// Mean and deviation of each feature of a table, by which defaults standardise inside the model.
  public let statistics: InputNormalization?

  /// - Parameter scale: where omitted, `small` for points and images up to 16 x 16, else `paper`.
  public init(
    shape: [Int], classCount: Int, scale: ModelScale? = nil,
    statistics: InputNormalization? = nil
  ) {
    self.statistics = statistics
    self.shape = shape
    self.classCount = classCount
    self.scale = scale ?? (shape.count < 2 || shape[1] <= 16 ? .small : .paper)
  }

  /// Numbers of a sample and classes at most, so that no product of extents overflows.
  private static let (largestSize, mostClasses) = (1 << 24, 1 << 16)

  /// Refuses what no model can be given.
  ///
  /// - Throws: `SettingsError`.
  public func check() throws(SettingsError) {
    guard shape.count == 1 || shape.count == 3, shape.allSatisfy({ $0 > 0 }),
      shape.map(Double.init).reduce(1, *) <= Double(Self.largestSize)
    else {
      throw SettingsError(
        setting: "input",
        expected: "extents [d] or [C, H, W] of 1 to \(Self.largestSize) numbers",
        found: "\(shape)")
    }
    guard (1...Self.mostClasses).contains(classCount) else {
      throw SettingsError(
        setting: "classes", expected: "1 to \(Self.mostClasses)", found: "\(classCount)")
    }
  }
}

/// How large a model is by default.
public enum ModelScale: String, Codable, Sendable, CaseIterable {
  /// Three small convolutions and a state of 64 dimensions: minutes on a CPU.
  case small
  /// ResNet-18 and a state of 256 dimensions, the paper's.
  case paper
}
