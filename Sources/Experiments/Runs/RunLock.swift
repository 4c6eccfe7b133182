/// Keeps a second process from training the same run. The system releases it when this is
/// released or the process ends, however it ends.
final class RunLock {
  private let lock: FolderLock

  /// - Throws: `RunError` of kind `inUse` if another process holds it.
  init(_ folder: RunFolder) throws(RunError) {
    guard let lock = try FolderLock(folder.url) else {
      throw RunError(
        .inUse, at: folder.path, expected: "a run that nobody trains",
        found: "a process at work on it",
        remedy: "Wait for it or end it, then continue with --resume.")
    }
    self.lock = lock
  }
}
