import Failures
import Files

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
