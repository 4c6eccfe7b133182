import Files
import Foundation
import NeuralNetworks

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
