import Files
import Foundation
import NeuralNetworks
import Robustness
import Runs
import Tensors

/// The journal of an evaluation as a folder: a file for each batch, written as a whole or not at
/// all, so that whatever ends the process loses no more than the batch at hand. See
/// `EvaluationJournals` for where it is and `JournalPage` for what a file holds.
package final class JournalFolder: EvaluationJournal {
  private let url: URL
  /// Of everything that outcomes depend on beside unit and sample.
  package let fingerprint: String
  private let writer: String
  /// Keeps others from the folder; nil for one who shares it.
  private let lock: FolderLock?
  private var known: [String: [Int: SampleOutcome]] = [:]

  /// Opens the folder, or makes it with the first note.
  ///
  /// - Parameters:
  ///   - fingerprint: of everything that outcomes depend on beside unit and sample: files of another
  ///     are not read.
  ///   - writer: sets the files of this process apart from those of others, on other machines too.
  package convenience init(at url: URL, fingerprint: String, writer: String = "process") {
    self.init(at: url, fingerprint: fingerprint, writer: writer, besides: [])
  }

  /// - Parameters:
  ///   - others: folders whose notes are read too.
  ///   - lock: on the folder: with it, what is no note is removed.
  init(
    at url: URL, fingerprint: String, writer: String, besides others: [URL],
    lock: FolderLock? = nil
  ) {
    self.url = url
    self.fingerprint = fingerprint
    self.writer = writer
    self.lock = lock
    for folder in others { read(folder) }
    for torn in read(url) where lock != nil { try? FileManager.default.removeItem(at: torn) }
  }

  /// Takes over what a folder has noted.
  ///
  /// - Returns: the files that cannot be read: what a process that was killed was writing.
  @discardableResult
  private func read(_ folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().map(folder.appendingPathComponent).filter { file in
      guard let content = try? SafeTensors(contentsOf: file.path), let page = JournalPage(content)
      else { return true }
      guard page.fingerprint == fingerprint else { return false }
      for outcome in page.outcomes { known[page.unit, default: [:]][outcome.index] = outcome }
      return false
    }
  }

  /// Reads again what the processes have noted that share the folder.
  func reload() { read(url) }

  /// The name of the folder.
  package var name: String { url.lastPathComponent }

  /// Samples of units noted so far, those of earlier processes included.
  package var count: Int { known.values.map(\.count).reduce(0, +) }

  package func outcomes(of unit: String) -> [Int: SampleOutcome] { known[unit] ?? [:] }

  package func record(_ outcomes: [SampleOutcome], of unit: String) throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    // No two processes may have one name, and in containers all have the same number.
    let name = "\(writer)-\(UUID().uuidString).safetensors"
    try JournalPage(outcomes, unit: unit, fingerprint: fingerprint).file
      .write(to: url.appendingPathComponent(name).path)
    for outcome in outcomes { known[unit, default: [:]][outcome.index] = outcome }
  }

  /// Removes the folder, when what it is for has been saved.
  package func remove() { try? FileManager.default.removeItem(at: url) }
}
