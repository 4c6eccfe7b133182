import Datasets
import Failures
import Files
import Foundation
import NeuralNetworks
import Robustness
import Runs

/// Something that a table needs to know of a trained run, measured once and kept in its folder.
protocol PaperMeasurement {
  /// Of its file, `paper/NAME.json` in the run's folder.
  var name: String { get }
  /// Every setting that the outcome depends on; what was measured under others is measured again.
  var request: String { get }
  /// Rows whose runs of the same seed have to be trained before.
  var prerequisites: [PaperRow] { get }

  associatedtype Outcome: Codable & Sendable

  /// Measures.
  ///
  /// - Parameters:
  ///   - folder: where the measurement may keep what it has so far.
  ///   - others: the runs of the prerequisites.
  ///   - progress: told how much of all is done; it may throw to stop.
  func outcome(
    of run: Run, on samples: LabelledSamples, others: [Run], in folder: PaperFolder,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> Outcome
}

extension PaperMeasurement {
  var prerequisites: [PaperRow] { [] }

  /// What an earlier measurement under the same request has found.
  func found(in folder: PaperFolder) throws -> Outcome? {
    let record = try PaperFinding<Outcome>.read(from: folder.file(of: name))
    return record.flatMap { $0.request == request ? $0.outcome : nil }
  }

  /// Measures and keeps the outcome.
  func carryOut(
    on run: Run, samples: LabelledSamples, others: [Run], in folder: PaperFolder,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws {
    let outcome = try outcome(
      of: run, on: samples, others: others, in: folder, progress: progress)
    try PaperFinding(request: request, outcome: outcome).write(to: folder.file(of: name))
    try? FileManager.default.removeItem(at: folder.journal(of: self))
  }
}

/// What a measurement found, and how it was asked.
struct PaperFinding<Outcome: Codable>: Finding {
  private(set) var schemaVersion = 1
  let request: String
  let outcome: Outcome
  static var isIndented: Bool { false }
}

/// Where measurements of a run are kept.
struct PaperFolder {
  let url: URL

  /// Makes the folder in that of a run where it is not there.
  init(of run: RunFolder) throws {
    url = run.url.appendingPathComponent("paper", isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .fileSystem, at: url.relativePath, expected: "a folder that can be made",
        found: "\(error.localizedDescription)", remedy: "Make room or give permission.")
    }
  }

  func file(of name: String) -> URL { url.appendingPathComponent("\(name).json") }

  /// What a measurement has so far; of one asked otherwise it is elsewhere.
  func journal(of measurement: some PaperMeasurement) -> URL {
    let request = SHA256.digest(of: Array(measurement.request.utf8)).prefix(8)
    return url.appendingPathComponent("\(measurement.name)-\(request).journal")
  }
}
