import Failures
import Foundation
import NeuralNetworks
import Tensors

/// A training between two steps: `checkpoints/last.safetensors`.
///
/// Tensors are called `model.NAME`, `optimizer.NAME` and `generator.NAME`. All draws of a training
/// are functions of seed, epoch and step, so that there are no generators to keep at present.
public struct Checkpoint {
  /// How far the training had come.
  public private(set) var position: TrainingPosition
  /// Of the configuration that it belongs to.
  public private(set) var configurationHash: String
  /// Tensors of the model's state, by name.
  public private(set) var model: [String: Tensor]
  /// Tensors of the optimizer's state, by name.
  public private(set) var optimizer: [String: Tensor]
  private var generators: [String: Tensor] = [:]

  private static let format = "basin-checkpoint"
  private static let schemaVersion = "1"

  /// Writes the file, on the disk when this returns; before, the previous one stays.
  package func write(to url: URL) throws {
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

  package init(
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
  /// - Throws: `Failure` if it is damaged or no checkpoint.
  public init(contentsOf url: URL) throws {
    let path = url.relativePath
    try self.init(SafeTensors(contentsOf: path), path: path)
  }

  /// What a safetensors file says; nothing about it is trusted.
  ///
  /// - Parameter path: where it is from, for the error.
  /// - Throws: `Failure` if it is no checkpoint.
  public init(_ file: SafeTensors, path: String) throws(Failure) {
    func require(_ key: String, _ expected: String) throws(Failure) {
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

  /// - Parameters:
  ///   - batches: of an epoch.
  /// - Throws: `Failure` unless this checkpoint is of a configuration, and within its training.
  package func require(
    configurationHash expected: String, epochs: Int, batches: Int, at url: URL
  ) throws(Failure) {
    guard configurationHash == expected else {
      throw Self.malformed(
        url.relativePath, expected: "configurationHash \(expected), that of config.yaml",
        found: configurationHash)
    }
    // After the last batch of an epoch comes a moment before the next one.
    guard position.epoch <= epochs, position.batch <= batches,
      position.epoch < epochs || position.batch == 0,
      position.step == position.epoch * batches + position.batch
    else {
      throw Self.malformed(
        url.relativePath, expected: "a position in \(epochs) epochs of \(batches) batches",
        found: "epoch \(position.epoch), batch \(position.batch), step \(position.step)")
    }
  }

  private static func malformed(_ path: String, expected: String, found: String?) -> Failure {
    Failure(
      .malformed, at: path, expected: "a checkpoint with \(expected)", found: found ?? "none",
      remedy: "Delete the file to begin this run again, or put back a copy.")
  }
}

/// How far a training has come: with the configuration, all that decides what comes next.
public struct TrainingPosition: Codable, Hashable, Sendable {
  /// Whole epochs done.
  public package(set) var epoch = 0
  /// Batches done of the next epoch.
  public package(set) var batch = 0
  /// Steps done since the start.
  public package(set) var step = 0
  /// The accuracy of the model that is kept, where there is a validation part.
  public package(set) var bestValidationAccuracy: Double?
  /// Epochs since that model, where training ends after some of them without a better one.
  public package(set) var epochsSinceBest: Int?
  /// Bytes of `metrics.jsonl` up to here.
  public package(set) var metricsLength: UInt64 = 0

  public init() {}
}
