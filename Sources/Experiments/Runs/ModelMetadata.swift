import Datasets
import Failures
import Foundation
import Methods
import NeuralNetworks
import Settings
import Tensors

/// What `model.safetensors` says of itself beside its tensors.
struct ModelMetadata {
  let configuration: Configuration
  let classNames: [String]
  let input: ModelInput

  private static let schemaVersion = "1"
  /// Bytes of an entry and of the name of a class at most.
  private static let (longestEntry, longestName) = (1 << 24, 1000)

  /// The entries of the file's metadata.
  var entries: [String: String] {
    get throws {
      [
        "schemaVersion": Self.schemaVersion,
        "basin": Basin.version,
        "method": configuration.method,
        "configuration": try configuration.tree.yaml,
        "classNames": try json(classNames),
        "inputShape": try json(input.shape),
      ]
    }
  }

  private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// What a file says: its class names and input shape, or, where it says nothing as one that was
  /// written by another program, those of the configuration's data set.
  init(
    _ entries: [String: String], configuration: Configuration, path: String
  ) throws {
    func decoded<Value: Decodable>(_ key: String, _ expected: String) throws(Failure) -> Value? {
      guard let text = entries[key] else { return nil }
      guard text.utf8.count <= Self.longestEntry,
        let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
      else {
        throw Failure(
          .malformed, at: path, expected: "metadata \(key) with \(expected)", found: text.echoed(),
          remedy: "Write the file again, or without this entry.")
      }
      return value
    }
    if let version = entries["schemaVersion"], version != Self.schemaVersion {
      throw Failure(
        .malformed, at: path, expected: "schemaVersion \(Self.schemaVersion)",
        found: version.echoed(),
        remedy: "Use the version of Basin that wrote it.")
    }
    let shape: [Int]? = try decoded("inputShape", "an array of positive integers")
    let names: [String]? = try decoded("classNames", "an array of strings")
    if let name = names?.first(where: { $0.utf8.count > Self.longestName }) {
      throw Failure(
        .malformed, at: path, expected: "classNames of at most \(Self.longestName) bytes",
        found: name.echoed(), remedy: "Write the file again, or without this entry.")
    }
    self.configuration = configuration
    // The data may be a folder that is no longer there; it is only asked where the file says nothing.
    classNames = try names ?? configuration.data.card.classNames
    input = ModelInput(
      shape: try shape ?? configuration.data.card.sampleShape, classCount: classNames.count)
    do {
      try input.check()
    } catch {
      throw Failure(
        .malformed, at: path,
        expected: "metadata \(error.setting == "classes" ? "classNames" : "inputShape") with "
          + error.expected,
        found: error.found, remedy: "Write the file again, or without this entry.")
    }
  }

  init(configuration: Configuration, classNames: [String], input: ModelInput) {
    self.configuration = configuration
    self.classNames = classNames
    self.input = input
  }
}
