import Files
import Foundation
import NeuralNetworks
import Runs

/// What a report knows of a model: what a run folder says of a run, or the file of an evaluation alone, such
/// as `basin evaluate --out` writes of a model of another program's.
package struct RunRecord {
  /// The folder or file, as the user named it.
  package let path: String
  /// The folder of a run; nil of a file.
  package let folder: RunFolder?
  /// What the run was made with; nil of a file.
  package let configuration: Configuration?
  package let method: String
  package let dataName: String
  package let metrics: Metrics
  /// What `basin evaluate` found; nil if it was not asked.
  package let evaluation: Evaluation?
  /// Where the examples of the evaluation are, if they were kept.
  let adversarialExamples: URL
  /// What `basin certify` found; nil if it was not asked.
  package let certification: Certification?
  /// What `basin regions` found; nil if it was not asked.
  package let regions: RegionStudy?
  /// What `basin evaluate --solver-tolerance` found; nil if it was not asked.
  package let tolerances: ToleranceFinding?

  /// Reads a run folder.
  ///
  /// - Throws: `Failure` or `ConfigurationError`.
  package init(_ folder: RunFolder) throws {
    self.folder = folder
    path = folder.path
    let configuration = try Run.configuration(of: folder)
    self.configuration = configuration
    method = configuration.method
    dataName = configuration.data.name
    metrics = try Metrics(contentsOf: folder.metrics)
    evaluation = try Evaluation.read(from: folder.evaluation)
    adversarialExamples = folder.adversarialExamples
    certification = try Certification.read(from: folder.certification)
    regions = try RegionStudy.read(from: folder.regions)
    tolerances = try ToleranceFinding.read(from: folder.tolerances)
  }

  /// Reads a run folder, or the file of an evaluation.
  ///
  /// - Throws: the same; `Failure` of kind `missing` if there is nothing.
  package init(at path: String) throws {
    guard FileManager.default.fileExists(atPath: path), AtomicFile.obstacle(at: path) == nil else {
      try self.init(RunFolder(path))
      return
    }
    let file = URL(fileURLWithPath: path)
    if let tolerances = (try? ToleranceFinding.read(from: file)) ?? nil {
      self.init(at: path, of: tolerances.method, on: tolerances.data, tolerances: tolerances)
    } else if let evaluation = try Evaluation.read(from: file) {
      self.init(at: path, of: evaluation.method, on: evaluation.data, evaluation: evaluation)
    } else {
      try self.init(RunFolder(path))
    }
  }

  /// Of a file alone.
  private init(
    at path: String, of method: String, on dataName: String, evaluation: Evaluation? = nil,
    tolerances: ToleranceFinding? = nil
  ) {
    self.path = path
    folder = nil
    configuration = nil
    self.method = method
    self.dataName = dataName
    metrics = Metrics()
    self.tolerances = tolerances
    self.evaluation = evaluation
    adversarialExamples = Evaluation.examples(beside: URL(fileURLWithPath: path))
    certification = nil
    regions = nil
  }

  /// The folder's or file's own name.
  package var name: String { URL(fileURLWithPath: path).lastPathComponent }
}
