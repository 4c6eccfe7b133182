import ArgumentParser
import Experiments
import Foundation

/// Settings given beside or against those of a method or run.
struct ConfigurationOptions: ParsableArguments {
  @Option(help: .init("Settings in YAML, such as the config.yaml of a run.", valueName: "file"))
  var config: String?

  @Option(
    help: .init(
      "One setting, such as model.losses.consistency=0; may be repeated.", valueName: "key=value"))
  var set: [String] = []

  /// The file's settings, then the single ones.
  func overrides() throws -> [ConfigurationOverride] {
    try (config.map { try ConfigurationOverride.file(at: URL(fileURLWithPath: $0)) } ?? [])
      + set.flatMap(ConfigurationOverride.setting)
  }
}
