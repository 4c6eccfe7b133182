import Failures
import Files
import Foundation
import Runs

/// The journals of evaluations whose results go to one place: the folder `evaluation.journal`, in
/// it a folder for each request.
///
/// A request that is done removes its own. One that was stopped keeps its journal until the same
/// request is made again, whatever else is evaluated in between; of more than `limit` such the
/// oldest go. Evaluations of different requests may be at work at once, of one request only one.
///
/// What is found for a sample depends on the sample and the unit of work, not on what else was
/// asked for, so that requests on the same weights and data read each other's notes.
package struct EvaluationJournals {
  /// Which journal is meant.
  package struct Key: Sendable, Hashable {
    /// Of everything that outcomes depend on beside unit and sample.
    package let fingerprint: String
    /// The same and what is asked for, as a name of 33 letters: requests on the same weights, data
    /// and seeds begin alike.
    package let name: String

    package init(fingerprint: String, request: String) {
      self.fingerprint = fingerprint
      name = "\(fingerprint.prefix(16))-\(request.prefix(16))"
    }

    /// What the names of such requests begin with.
    fileprivate var family: Substring { name.prefix(17) }
  }

  /// So many stopped evaluations are kept beside the one that is opened.
  package static let limit = 8

  package let url: URL

  package init(at url: URL) { self.url = url }

  /// Opens the journal of a request for this process alone.
  ///
  /// - Throws: `Failure` of kind `inUse` if another process makes the same evaluation, of kind
  ///   `fileSystem` if the folder cannot be made.
  package func open(_ key: Key, writer: String = "process") throws -> JournalFolder {
    let gate = try gate()
    defer { withExtendedLifetime(gate) {} }
    let folder = folder(of: key)
    guard let lock = try FolderLock(folder, isMade: true) else {
      throw Failure(
        .inUse, at: folder.relativePath, expected: "an evaluation that nobody else makes",
        found: "a process at work on the same one",
        remedy: "Wait for it, or ask for something else; other evaluations of the run may go on.")
    }
    removeOld(but: key)
    return JournalFolder(
      at: folder, fingerprint: key.fingerprint, writer: writer, besides: relatives(of: key),
      lock: lock)
  }

  /// Opens the journal of a request that another process of the same evaluation has opened.
  package func join(_ key: Key, writer: String) -> JournalFolder {
    JournalFolder(
      at: folder(of: key), fingerprint: key.fingerprint, writer: writer,
      besides: relatives(of: key))
  }

  /// Saves the result of a journal and removes the journal, while no other evaluation saves here:
  /// files that belong together then come of one evaluation.
  package func close(_ journal: JournalFolder, saving save: () throws -> Void) throws {
    let gate = try gate()
    defer { withExtendedLifetime(gate) {} }
    try save()
    journal.remove()
    // Fails, as it should, where other journals are.
    rmdir(url.path)
  }

  /// Held while journals come and go. The folder is never removed by one who has not got it.
  private func gate() throws -> FolderLock? {
    try FolderLock(url, isMade: true, isPatient: true)
  }

  private func folder(of key: Key) -> URL {
    url.appendingPathComponent(key.name, isDirectory: true)
  }

  private func relatives(of key: Key) -> [URL] {
    others(than: key).filter { $0.lastPathComponent.hasPrefix(key.family) }
  }

  private func others(than key: Key) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.sorted().filter { $0 != key.name }
      .map { url.appendingPathComponent($0, isDirectory: true) }
  }

  /// Removes the oldest journals that nobody is at work on, and those that nothing is noted in.
  private func removeOld(but key: Key) {
    let files = FileManager.default
    func age(_ url: URL) -> Date {
      (try? files.attributesOfItem(atPath: url.path)[.modificationDate] as? Date) ?? .distantPast
    }
    var kept = 0
    for other in others(than: key).map({ ($0, age($0)) }).sorted(by: { $0.1 > $1.1 }).map(\.0) {
      guard let lock = try? FolderLock(other) else { continue }
      defer { withExtendedLifetime(lock) {} }
      let isEmpty = (try? files.contentsOfDirectory(atPath: other.path))?.isEmpty ?? false
      if kept < Self.limit, !isEmpty { kept += 1 } else { try? files.removeItem(at: other) }
    }
  }
}
