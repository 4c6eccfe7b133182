import Foundation
import NeuralNetworks
import Tensors

/// A training between two steps: `checkpoints/last.safetensors`.
///
/// Tensors are called `model.NAME`, `optimizer.NAME` and `generator.NAME`. All draws of a training
/// are functions of seed, epoch and step, so that there are no generators to keep at present.
struct Checkpoint {
  var position: TrainingPosition
  /// Of the configuration that it belongs to.
  var configurationHash: String
  var model: [String: Tensor]
  var optimizer: [String: Tensor]
  var generators: [String: Tensor] = [:]

  private static let format = "basin-checkpoint"
  private static let schemaVersion = "1"

  /// Writes the file, on the disk when this returns; before, the previous one stays.
  func write(to url: URL) throws {
    var tensors: [String: Tensor] = [:]
    for (group, members) in [
      ("model", model), ("optimizer", optimizer), ("generator", generators),
    ] {
      for (name, tensor) in members { tensors["\(group).\(name)"] = tensor }
    }
    let metadata = [
      "format": Self.format, "schemaVersion": Self.schemaVersion,
      "configurationHash": configurationHash,
      "position": String(decoding: try JSONEncoder().encode(position), as: UTF8.self),
    ]
    try SafeTensors(tensors, metadata: metadata).write(to: url.relativePath)
  }

  init(
    position: TrainingPosition, configurationHash: String, model: ModuleState,
    optimizer: ModuleState
  ) {
    self.position = position
    self.configurationHash = configurationHash
    self.model = model.tensors
    self.optimizer = optimizer.tensors
  }

  /// Reads a file.
  ///
  /// - Throws: `SafeTensorsError` or `RunError` if it is damaged or no checkpoint.
  init(contentsOf url: URL) throws {
    let path = url.relativePath
    let file = try SafeTensors(contentsOf: path)
    func require(_ key: String, _ expected: String) throws(RunError) {
      guard file.metadata[key] == expected else {
        throw Self.malformed(path, expected: "\(key) \(expected)", found: file.metadata[key])
      }
    }
    try require("format", Self.format)
    try require("schemaVersion", Self.schemaVersion)
    guard let text = file.metadata["position"],
      let position = try? JSONDecoder().decode(TrainingPosition.self, from: Data(text.utf8)),
      position.epoch >= 0, position.batch >= 0, position.step >= 0
    else {
      throw Self.malformed(
        path, expected: "the position of a training", found: file.metadata["position"])
    }
    guard let hash = file.metadata["configurationHash"] else {
      throw Self.malformed(path, expected: "a configurationHash", found: nil)
    }
    self.position = position
    configurationHash = hash
    func group(_ name: String) -> [String: Tensor] {
      let prefix = name + "."
      let members = file.tensors.filter { $0.key.hasPrefix(prefix) }
      return Dictionary(
        uniqueKeysWithValues: members.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
    model = group("model")
    optimizer = group("optimizer")
    generators = group("generator")
  }

  /// - Throws: `RunError` unless this checkpoint is of a configuration.
  func require(configurationHash expected: String, at url: URL) throws(RunError) {
    guard configurationHash == expected else {
      throw Self.malformed(
        url.relativePath, expected: "configurationHash \(expected), that of config.yaml",
        found: configurationHash)
    }
  }

  private static func malformed(_ path: String, expected: String, found: String?) -> RunError {
    RunError(
      .malformed, at: path, expected: "a checkpoint with \(expected)", found: found ?? "none",
      remedy: "Delete the file to begin this run again, or put back a copy.")
  }
}
