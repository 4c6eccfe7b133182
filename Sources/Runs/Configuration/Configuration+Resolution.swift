import Datasets
import Methods
import NeuralNetworks
import Settings

extension Configuration {
  /// The configuration of a run where the user says nothing but, at most, the method and the data.
  public static let defaultMethod = "zubov-net"
  /// The data set learned from where the user names none: the digits that need no file.
  public static let defaultData = "digits"

  /// The method's defaults for the kind of input that the data set has.
  ///
  /// - Throws: `ConfigurationError` for an unknown method, `Failure` for an unknown data set.
  public static func defaults(
    method: String = defaultMethod, data: String = defaultData, scale: ModelScale? = nil
  ) throws -> Configuration {
    func settings<M: Method>(_ method: M.Type, _ input: ModelInput) throws -> ConfigurationTree {
      try ConfigurationTree(encoding: M.defaults(for: input))
    }
    let natural = try DatasetCatalog.source(named: data).card.modelInput
    let input = ModelInput(
      shape: natural.shape, classCount: natural.classCount, scale: scale,
      statistics: natural.statistics)
    return Configuration(
      method: method, scale: input.scale, data: DataSettings(name: data),
      model: try settings(Self.method(named: method), input),
      training: TrainingSettings(for: input.scale))
  }

  /// Defaults with the user's values in their place, the last one given for a setting first.
  ///
  /// - Parameter overrides: in order: those of `--config`, of `--set`, then flags. The paths
  ///   `method`, `data.name` and `scale` choose whose defaults they replace.
  /// - Throws: `ConfigurationError` that names the setting and where its value is from.
  public static func resolved(_ overrides: [ConfigurationOverride]) throws -> Configuration {
    func choice(_ path: [String], like example: String) throws(ConfigurationError) -> String? {
      guard let override = overrides.last(where: { $0.path == path }) else { return nil }
      guard case .string(let name) = override.value else {
        throw .invalidValue(
          key: override.key, origin: override.origin, expected: "a name such as \(example)",
          found: "\(override.value)")
      }
      return name
    }
    let scale = try choice(["scale"], like: "small")
    let scales = overrides.filter { $0.path == ["scale"] }
    if let first = scales.first, let last = scales.last, first.value != last.value {
      throw ConfigurationError.invalidValue(
        key: "scale", origin: last.origin,
        expected: "\(first.value), as \(first.origin) says, whose sizes are of that scale "
          + "(leave one of the two out)", found: "\(last.value)")
    }
    return try defaults(
      method: choice(["method"], like: defaultMethod) ?? defaultMethod,
      data: choice(["data", "name"], like: defaultData) ?? defaultData,
      // One that is none is refused with the other values below.
      scale: scale.flatMap(ModelScale.init)
    ).applying(overrides)
  }

  /// This configuration with the user's values in their place.
  ///
  /// - Throws: `ConfigurationError` that names the setting and where its value is from.
  public func applying(_ overrides: [ConfigurationOverride]) throws -> Configuration {
    do {
      let result = try Configuration(try tree.applying(overrides))
      try result.checkModel()
      return result
    } catch ConfigurationError.invalidValue(let key, nil, let expected, let found) {
      // The value was of the right type, so it is only now that it turned out not to be usable.
      throw ConfigurationError.invalidValue(
        key: key, origin: overrides.last { $0.key == key }?.origin, expected: expected,
        found: found)
    }
  }

  /// This configuration, of a run that is to be resumed, after a look at what else was asked for.
  ///
  /// - Throws: `ConfigurationError.changed` if the user's values would change the result. Where and
  ///   how the run is carried out may change.
  public func resumed(
    _ overrides: [ConfigurationOverride], run: String
  ) throws -> Configuration {
    let differences = try tree.applying(overrides).differences(from: tree)
      .filter { !Self.circumstances.contains($0.key) }
    guard differences.isEmpty else {
      throw ConfigurationError.changed(run: run, differences: differences)
    }
    return try applying(overrides)
  }

  /// Reads the method's settings, to throw before anything is made of them.
  private func checkModel() throws(ConfigurationError) {
    func check<M: Method>(_ method: M.Type) throws(ConfigurationError) {
      let settings = try model.decoded(as: M.Settings.self, at: "model")
      try Self.checkNumbers(of: settings, by: M.notes(below: "model"), at: "model")
    }
    try check(try Self.method(named: method))
  }

  /// - Throws: `ConfigurationError` for the first number that is out of its range.
  static func checkNumbers(
    of settings: some Codable, by notes: SettingNotes, at key: String
  ) throws(ConfigurationError) {
    do {
      try notes.check(settings, at: key)
    } catch {
      throw .invalidValue(
        key: error.setting, origin: nil, expected: error.expected, found: error.found)
    }
  }

  static func method(named name: String) throws(ConfigurationError) -> any Method.Type {
    guard let method = MethodCatalog.method(named: name) else {
      throw .invalidValue(
        key: "method", origin: nil,
        expected: "one of " + MethodCatalog.all.map { $0.name }.joined(separator: ", "),
        found: "'\(name)'")
    }
    return method
  }
}

extension DatasetCard {
  /// What a model of this data set is given.
  public var modelInput: ModelInput {
    ModelInput(
      shape: sampleShape, classCount: classNames.count,
      statistics: features == nil
        ? nil : channels.map { InputNormalization(mean: $0.mean, deviation: $0.deviation) })
  }
}
