import Foundation
import NeuralNetworks
import Robustness

/// The journal of an evaluation as a folder, `evaluation.journal`: a file for each batch, written as
/// a whole or not at all, so that whatever ends the process loses no more than the batch at hand.
public final class JournalFolder: EvaluationJournal {
  private let url: URL
  /// Of everything that outcomes depend on beside unit and sample.
  public let fingerprint: String
  private let writer: String
  private var known: [String: [Int: SampleOutcome]] = [:]
  private var written = 0

  /// Opens the folder, or makes it with the first note.
  ///
  /// - Parameters:
  ///   - fingerprint: of everything that outcomes depend on beside unit and sample: files of another
  ///     are removed.
  ///   - writer: sets the files of this process apart from those of others, on other machines too.
  public init(at url: URL, fingerprint: String, writer: String = "process") {
    self.url = url
    self.fingerprint = fingerprint
    self.writer = writer
    let files = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    for name in files.sorted() {
      let file = url.appendingPathComponent(name)
      // What cannot be read, or is of another evaluation, is worth nothing.
      guard let content = try? SafeTensors(contentsOf: file.path), let page = JournalPage(content),
        page.fingerprint == fingerprint
      else {
        try? FileManager.default.removeItem(at: file)
        continue
      }
      for outcome in page.outcomes { known[page.unit, default: [:]][outcome.index] = outcome }
    }
  }

  /// Samples of units noted so far, those of earlier processes included.
  public var count: Int { known.values.map(\.count).reduce(0, +) }

  public func outcomes(of unit: String) -> [Int: SampleOutcome] { known[unit] ?? [:] }

  public func record(_ outcomes: [SampleOutcome], of unit: String) throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let process = ProcessInfo.processInfo.processIdentifier
    let name = "\(writer)-\(process)-\(written).safetensors"
    written += 1
    try JournalPage(outcomes, unit: unit, fingerprint: fingerprint).file
      .write(to: url.appendingPathComponent(name).path)
    for outcome in outcomes { known[unit, default: [:]][outcome.index] = outcome }
  }

  /// Removes the folder, when what it is for has been saved.
  public func remove() { try? FileManager.default.removeItem(at: url) }
}
