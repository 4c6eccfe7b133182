import Foundation

/// Keeps a second process from training the same run. The system releases it when this is
/// released or the process ends, however it ends.
final class RunLock {
  private let descriptor: Int32

  /// - Throws: `RunError` of kind `inUse` if another process holds it.
  init(_ folder: RunFolder) throws(RunError) {
    descriptor = open(folder.url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw RunError(
        .fileSystem, at: folder.path, expected: "a folder that can be read",
        found: String(cString: strerror(errno)), remedy: "Check the path and its permissions.")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      close(descriptor)
      throw RunError(
        .inUse, at: folder.path, expected: "a run that nobody trains",
        found: "a process at work on it",
        remedy: "Wait for it or end it, then continue with --resume.")
    }
  }

  deinit { close(descriptor) }
}
