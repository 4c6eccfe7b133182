import Foundation

/// Makes folders that are there with all their first files or not at all.
package enum AtomicFolder {
  /// Fills a folder under a temporary name, `NAME.tmp-PROCESS`, and renames it. Drafts of the same
  /// folder that killed processes have left are removed; a draft is locked as long as its writer
  /// lives.
  ///
  /// - Parameter fill: writes the first files into the folder that it is given.
  /// - Throws: what `fill` throws, or an error of the system; also if a folder with files has appeared
  ///   at the place in the meantime. No draft is left.
  package static func make(_ url: URL, fill: (URL) throws -> Void) throws {
    removeRemains(of: url)
    let draft = draft(of: url)
    do {
      try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: true)
      let lock = try RunLock(RunFolder(draft.relativePath))
      defer { withExtendedLifetime(lock) {} }
      try fill(draft)
      guard rename(draft.path, url.path) == 0 else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
      }
    } catch {
      try? FileManager.default.removeItem(at: draft)
      throw error
    }
  }

  /// Removes a folder that another one has come from: it has its name, or is gone, or is a draft of the
  /// other.
  package static func discard(_ old: URL, of url: URL) {
    let draft = draft(of: url)
    guard rename(old.path, draft.path) == 0 else { return }
    try? FileManager.default.removeItem(at: draft)
  }

  private static func draft(of url: URL) -> URL {
    let process = ProcessInfo.processInfo.processIdentifier
    let path = RunFolder(url.relativePath).path
    return URL(fileURLWithPath: "\(path).tmp-\(process)", isDirectory: true)
  }

  /// Removes the drafts of a folder whose writers are gone.
  package static func removeRemains(of url: URL) {
    let parent = url.deletingLastPathComponent()
    let prefix = "\(url.lastPathComponent).tmp-"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    where name.hasPrefix(prefix) && Int32(name.dropFirst(prefix.count)) != nil {
      let draft = parent.appendingPathComponent(name, isDirectory: true)
      guard let lock = try? RunLock(RunFolder(draft.path)) else { continue }
      withExtendedLifetime(lock) { try? FileManager.default.removeItem(at: draft) }
    }
  }
}
