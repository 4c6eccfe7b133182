import ArgumentParser
import Failures
import Files
import Foundation
import NeuralNetworks
import Runs

/// Settings given beside or against those of a method or run.
struct ConfigurationOptions: ParsableArguments {
  @Option(help: .init("Settings in YAML, such as the config.yaml of a run.", valueName: "file"))
  var config: String?

  @Option(
    help: .init(
      "One setting, such as model.losses.consistency=0; may be repeated.", valueName: "key=value"))
  var set: [String] = []

  var sources: [CommandFiles.Source] {
    // A pipe can be read once only. What is wrong with a setting is said where it is used.
    let isPipe = config.map { AtomicFile.obstacle(at: $0) != nil } ?? false
    let overrides = isPipe ? [] : (try? overrides()) ?? []
    return (config.map { [.path($0)] } ?? [])
      + overrides.compactMap { $0.dataSet.map(CommandFiles.Source.dataSet) }
  }

  /// The file's settings, the single ones, then those that have a flag of their own; each counts before
  /// those of the file.
  ///
  /// - Throws: `ValidationError` if a flag and `--set` say different things of one setting: neither is
  ///   the one that counts.
  func overrides(flags: [ConfigurationOverride?] = []) throws -> [ConfigurationOverride] {
    let single = try set.flatMap(ConfigurationOverride.setting)
    let flags = flags.compactMap { $0 }
    for flag in flags {
      guard let other = single.last(where: { $0.path == flag.path }), other.value != flag.value
      else { continue }
      throw ValidationError(
        "\(flag.key): \(flag.origin) says \(flag.value), \(other.origin.echoed()) something else: leave "
          + "one of them out")
    }
    return try (config.map { try ConfigurationOverride.file(at: URL(fileURLWithPath: $0)) } ?? [])
      + single + flags
  }
}

extension ConfigurationOverride {
  /// The data set that this names; nil if it is about something else.
  var dataSet: String? {
    guard path == ["data", "name"], case .string(let name) = value else { return nil }
    return name
  }

  /// What was given to a flag for the setting at a path; nil where it was not given.
  static func flag(_ flag: String, _ path: String..., value: String?) -> ConfigurationOverride? {
    value.map { ConfigurationOverride(path, .string($0), origin: flag) }
  }

  static func flag(_ flag: String, _ path: String..., value: Int?) -> ConfigurationOverride? {
    value.map { ConfigurationOverride(path, .integer($0), origin: flag) }
  }
}
