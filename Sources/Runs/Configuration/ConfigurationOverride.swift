import Datasets
import Foundation
import Reports
import Yams

/// A value that the user gave for one setting, and where: a flag, `--set`, or a line of a file.
public struct ConfigurationOverride: Hashable, Sendable {
  /// The keys from the root of the configuration down to the setting, such as `training`, `epochs`.
  public let path: [String]
  /// A scalar, a list or an empty mapping.
  public let value: ConfigurationTree
  /// The flag, or file and line, that an error names.
  public let origin: String

  /// Data of the user's own, `folder:PATH` or `arrays:...` for `data.name`, are given absolute paths, seen from the working
  /// directory: the setting, once stored, means the same files from everywhere.
  public init(_ path: [String], _ value: ConfigurationTree, origin: String) {
    self.path = path
    if path == ["data", "name"], case .string(let name) = value {
      self.value = .string(DatasetCatalog.absoluteName(name))
    } else {
      self.value = value
    }
    self.origin = origin
  }

  /// The dotted key.
  public var key: String { path.joined(separator: ".") }

  /// Reads the argument of `--set`: a dotted key, `=`, and a value in YAML.
  ///
  /// - Throws: `ConfigurationError` unless it is such an argument.
  public static func setting(
    _ argument: String
  ) throws(ConfigurationError) -> [ConfigurationOverride] {
    let origin = "--set \(argument)"
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !path.contains(""), path.count <= ConfigurationText.mostLevels else {
      throw .malformed(
        origin: origin, expected: "KEY=VALUE such as training.epochs=5", found: "'\(argument)'")
    }
    let text = try ConfigurationText(String(parts[1]), origin: origin)
    guard let node = text.root else {
      return [ConfigurationOverride(path, .null, origin: origin)]
    }
    return try overrides(node, at: path) { _ in origin }
  }

  /// Reads a YAML file.
  ///
  /// - Throws: `ConfigurationError` if the file is missing or no such document.
  public static func file(
    at url: URL
  ) throws(ConfigurationError) -> [ConfigurationOverride] {
    try overrides(of: ConfigurationText(contentsOf: url), source: url.relativePath)
  }

  /// Reads a YAML document; `source` is the file that errors name.
  ///
  /// - Throws: `ConfigurationError` with the line of what cannot be read.
  public static func yaml(
    _ text: String, source: String
  ) throws(ConfigurationError) -> [ConfigurationOverride] {
    try overrides(of: ConfigurationText(text, origin: source), source: source)
  }

  private static func overrides(
    of text: ConfigurationText, source: String
  ) throws(ConfigurationError) -> [ConfigurationOverride] {
    guard let root = text.root else { return [] }
    guard root.mapping != nil else {
      throw .malformed(
        origin: source, expected: "a mapping such as `training: {epochs: 5}`",
        found: ConfigurationTree(root).kind)
    }
    return try overrides(root, at: []) { node in
      node.mark.map { "\(source):\($0.line)" } ?? source
    }
  }

  /// A mapping's scalars, lists and empty groups, each with its own origin.
  private static func overrides(
    _ node: Node, at path: [String], origin: (Node) -> String
  ) throws(ConfigurationError) -> [ConfigurationOverride] {
    guard case .mapping(let mapping) = node, !mapping.isEmpty || path.isEmpty else {
      return [ConfigurationOverride(path, ConfigurationTree(node), origin: origin(node))]
    }
    var result: [ConfigurationOverride] = []
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        throw .malformed(
          origin: origin(key), expected: "a key", found: ConfigurationTree(key).kind)
      }
      result += try overrides(value, at: path + [name], origin: origin)
    }
    return result
  }
}
