import Foundation

/// What a run folder says of a run, for a report.
public struct RunRecord {
  public let folder: RunFolder
  public let configuration: Configuration
  public let metrics: Metrics
  /// What `basin evaluate` found; nil if it was not asked.
  public let evaluation: Evaluation?
  /// What `basin certify` found; nil if it was not asked.
  public let certification: Certification?
  /// What `basin regions` found; nil if it was not asked.
  public let regions: RegionStudy?

  /// Reads a run folder.
  ///
  /// - Throws: `RunError`, `ConfigurationError` or `InputError`.
  public init(_ folder: RunFolder) throws {
    self.folder = folder
    configuration = try Run.configuration(of: folder)
    metrics = try Metrics(contentsOf: folder.metrics)
    evaluation = try Evaluation.read(from: folder.evaluation)
    certification = try Certification.read(from: folder.certification)
    regions = try RegionStudy.read(from: folder.regions)
  }

  /// The folder's own name.
  public var name: String { folder.url.lastPathComponent }
}
