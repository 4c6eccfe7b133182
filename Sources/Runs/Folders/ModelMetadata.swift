import Datasets
import Failures
import Foundation
import Methods
import NeuralNetworks
import Settings
import Tensors

/// What `model.safetensors` says of itself beside its tensors.
package struct ModelMetadata {
  package let configuration: Configuration
  package let classNames: [String]
  package let input: ModelInput
  /// The features of a table, whose boxes become [0, 1]; nil of images and points.
  package let features: [DatasetFeature]?

  private static let schemaVersion = "1"
  /// Bytes of an entry and of the name of a class at most.
  private static let (longestEntry, longestName) = (1 << 24, 1000)

  /// The entries of the file's metadata.
  package var entries: [String: String] {
    get throws {
      let features = try features.map { ["features": try json($0)] } ?? [:]
      return [
        "schemaVersion": Self.schemaVersion,
        "basin": Basin.version,
        "method": configuration.method,
        "configuration": try configuration.tree.yaml,
        "classNames": try json(classNames),
        "inputShape": try json(input.shape),
      ].merging(features) { $1 }
    }
  }

  private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// What a file says: its class names and input shape, or, where it says nothing as one that was
  /// written by another program, those of the configuration's data set.
  package init(
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
    let features: [DatasetFeature]? = try decoded("features", "the features of a table")
    if let features, let shape, let fault = features.fault(for: shape) {
      throw Failure(
        .malformed, at: path, expected: "metadata features with \(fault.expected)",
        found: fault.found, remedy: "Write the file again, or without this entry.")
    }
    self.features = features
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

  package init(
    configuration: Configuration, classNames: [String], input: ModelInput,
    features: [DatasetFeature]?
  ) {
    self.configuration = configuration
    self.classNames = classNames
    self.input = input
    self.features = features
  }
}

extension [DatasetFeature] {
  /// What is wrong with features of samples of a shape, which a file says; nil if nothing is.
  fileprivate func fault(for shape: [Int]) -> (expected: String, found: String)? {
    if [count] != shape { return ("one for each number of \(shape)", "\(count)") }
    let odd = first {
      !($0.least <= $0.most && $0.extent.isFinite && $0.name.utf8.count <= 1000)
    }
    return odd.map { ("finite ranges and names of at most 1000 bytes", $0.name) }
  }
}
