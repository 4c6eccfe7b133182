import Datasets
import Failures
import Files
import Foundation
import NeuralNetworks
import Reports

/// The folder of a run, `runs/NAME`, and where in it everything is.
public struct RunFolder: Hashable, Sendable {
  /// Where the folder is, whether or not there is one.
  public let url: URL

  /// The folder at a path, whether or not it is there.
  public init(_ path: String) { url = URL(fileURLWithPath: path, isDirectory: true) }

  /// The path as the user gave it.
  public var path: String {
    url.relativePath.count > 1 && url.relativePath.hasSuffix("/")
      ? String(url.relativePath.dropLast()) : url.relativePath
  }

  /// All settings of the run, complete, in YAML.
  public var configuration: URL { url.appendingPathComponent("config.yaml") }
  /// With what the run was made: versions, seed, digests of the data (`Provenance`).
  public var provenance: URL { url.appendingPathComponent("provenance.json") }
  /// A line of JSON for each step and each epoch (`Metrics`).
  public var metrics: URL { url.appendingPathComponent("metrics.jsonl") }
  /// The weights of the model that is kept, with its metadata (`ModelMetadata`).
  public var model: URL { url.appendingPathComponent("model.safetensors") }
  /// All that a stopped training goes on from (`Checkpoint`).
  public var checkpoint: URL { url.appendingPathComponent("checkpoints/last.safetensors") }
  /// The latest evaluation; `evaluations` has the latest of each request.
  public var evaluation: URL { url.appendingPathComponent("evaluation.json") }
  /// The folder of evaluations, one file for each request.
  public var evaluations: URL { url.appendingPathComponent("evaluations", isDirectory: true) }
  /// The page that `basin report` writes, which needs no other file.
  public var report: URL { url.appendingPathComponent("report.html") }

  /// Whether something is at this path.
  public var exists: Bool { FileManager.default.fileExists(atPath: url.path) }

  /// Makes the folder with its first files, all of it or nothing: a folder of this name always has its
  /// configuration.
  ///
  /// - Throws: `Failure` of kind `alreadyExists` if something is there, else `fileSystem`.
  public func create(configuration text: String, provenance: Provenance) throws(Failure) {
    try create(configuration: text, provenance: provenance) { _ in }
  }

  /// Makes the folder with more files than its first ones.
  ///
  /// - Parameter fill: writes them into the folder that it is given, which has another name yet.
  package func create(
    configuration text: String, provenance: Provenance, fill: (RunFolder) throws -> Void
  ) throws(Failure) {
    try requireUnused()
    do {
      try AtomicFolder.make(url) { draft in
        let folder = RunFolder(draft.path)
        try FileManager.default.createDirectory(
          at: folder.checkpoint.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: folder.configuration)
        try provenance.json.write(to: folder.provenance)
        try Data().write(to: folder.metrics)
        try fill(folder)
      }
    } catch {
      if exists { throw alreadyExists }
      throw cannotBeMade(error)
    }
  }

  private func cannotBeMade(_ error: any Error) -> Failure {
    Failure(
      .fileSystem, at: path, expected: "a folder that can be made", found: error.systemReason,
      remedy: "Choose a writable place with --out.")
  }

  /// - Throws: `Failure` of kind `alreadyExists` if something is there.
  package func requireUnused() throws(Failure) {
    if exists { throw alreadyExists }
  }

  private var alreadyExists: Failure {
    Failure(
      .alreadyExists, at: path, expected: "a new folder", found: "one that is there",
      remedy: "Choose another with --out, or continue that run with --resume \(path).")
  }

  /// The first unused folder `runs/METHOD-DATA-seedN`, with `-2`, `-3`, ... behind it if need be.
  public static func unused(
    for configuration: Configuration, in parent: String = "runs"
  ) -> RunFolder {
    // The data may be the paths of a folder or of files.
    let places = DatasetCatalog.places(named: configuration.data.name)
    let isTable = configuration.data.name.hasPrefix(DatasetCatalog.arraysPrefix)
    let data =
      places.first.map { isTable ? $0.deletingPathExtension() : $0 }?.lastPathComponent
      ?? configuration.data.name
    let name = "\(configuration.method)-\(data)-seed\(configuration.seed)"
    var folder = RunFolder("\(parent)/\(name)")
    var number = 2
    while folder.exists {
      folder = RunFolder("\(parent)/\(name)-\(number)")
      number += 1
    }
    return folder
  }
}

extension RunFolder {
  /// The adversarial examples of the evaluation.
  public var adversarialExamples: URL { url.appendingPathComponent("adversarial.safetensors") }

  /// What `basin certify` found.
  public var certification: URL { url.appendingPathComponent("certification.json") }

  /// What `basin regions` found.
  public var regions: URL { url.appendingPathComponent("regions.json") }

  /// What `basin evaluate --protocol paper-normalized` found.
  public var misplacedClamp: URL { url.appendingPathComponent("paper-normalized.json") }

  /// What `basin evaluate --solver-tolerance` found.
  public var tolerances: URL { url.appendingPathComponent("tolerances.json") }

  /// What `basin sparse prune` found.
  public var sparsity: URL { url.appendingPathComponent("sparsity.json") }

  /// What `basin stabilize` found.
  public var stabilization: URL { url.appendingPathComponent("stabilization.json") }

  /// What a pruning started from and how it was asked for, as digests.
  package var pruningStart: URL { url.appendingPathComponent("start.txt") }

  /// The names, in the folder, of what the commands of a run keep for each other.
  private var ownFiles: [URL] {
    [
      configuration, provenance, metrics, model, evaluation, adversarialExamples, certification,
      regions, misplacedClamp, tolerances, sparsity, pruningStart,
      stabilization,
    ]
  }

  /// Whether this is the folder of a run, by what is in it.
  package var isRun: Bool {
    [configuration, provenance].allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// Whether a file of this name is, or would be, one of the run's own: the configuration, the weights,
  /// a checkpoint, what `basin evaluate` found and so on. Whatever else a user puts there is not.
  ///
  /// - Parameter name: from the folder on, such as `checkpoints/last.safetensors`.
  package func owns(_ name: String) -> Bool {
    // Some file systems do not tell capitals from small letters.
    let name = name.lowercased()
    if name.contains("/") {
      return ["checkpoints/", "paper/"].contains { name.hasPrefix($0) }
        || name.contains(".journal/")
    }
    return name.hasPrefix("events.out.tfevents.")
      || ownFiles.contains { $0.lastPathComponent == name }
  }

  /// The run's own files that are there.
  package var contents: [URL] {
    let names = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
    return names.filter(owns).map { url.appendingPathComponent($0) }
  }

  /// Deletes what killed processes have left half-written here.
  package func removeRemains() {
    for folder in [
      url, checkpoint.deletingLastPathComponent(), url.appendingPathComponent("paper"),
    ] {
      AtomicFile.removeRemains(in: folder.path)
    }
  }
}

/// Keeps a second process from training the same run. The system releases it when this is
/// released or the process ends, however it ends.
package final class RunLock {
  private let lock: FolderLock

  /// - Throws: `Failure` of kind `inUse` if another process holds it.
  package init(_ folder: RunFolder) throws(Failure) {
    guard let lock = try FolderLock(folder.url) else {
      throw Failure(
        .inUse, at: folder.path, expected: "a run that nobody trains",
        found: "a process at work on it",
        remedy: "Wait for it or end it, then continue with --resume.")
    }
    self.lock = lock
  }
}
