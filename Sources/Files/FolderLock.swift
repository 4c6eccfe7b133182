import Failures
import Foundation

/// A folder that this process has to itself, among those that ask in this way. The system gives it
/// back when this is released or the process ends, however it ends.
package final class FolderLock {
  private let descriptor: Int32

  /// - Parameters:
  ///   - url: a folder that is there, or is made if `isMade`.
  ///   - isPatient: whether to wait for who has it.
  /// - Returns: nil if another has it.
  /// - Throws: `Failure` of kind `fileSystem` if the folder cannot be made or read.
  package init?(_ url: URL, isMade: Bool = false, isPatient: Bool = false) throws(Failure) {
    while true {
      if isMade { try Self.make(url) }
      let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else {
        // Whoever had it may have removed it between the making and the opening.
        if isMade, errno == ENOENT { continue }
        throw Failure(
          .fileSystem, at: url.relativePath, expected: "a folder that can be read",
          found: String(cString: strerror(errno)), remedy: "Check the path and its permissions.")
      }
      var result = flock(descriptor, LOCK_EX | (isPatient ? 0 : LOCK_NB))
      while result != 0, errno == EINTR {
        result = flock(descriptor, LOCK_EX | (isPatient ? 0 : LOCK_NB))
      }
      if result != 0, errno == EWOULDBLOCK {
        close(descriptor)
        return nil
      }
      // A file system without locks cannot keep others out.
      guard isMade, !Self.isStill(descriptor, at: url) else {
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit { close(descriptor) }

  /// What makes another process hold the lock as long as it has this stream: it may outlive this one.
  package var stream: FileHandle { FileHandle(fileDescriptor: descriptor, closeOnDealloc: false) }

  private static func make(_ url: URL) throws(Failure) {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .fileSystem, at: url.relativePath, expected: "a folder that can be made",
        found: error.systemReason, remedy: "Choose a writable place, with --out for example.")
    }
  }

  /// Whether the path still leads to the folder that was opened.
  private static func isStill(_ descriptor: Int32, at url: URL) -> Bool {
    var (opened, named) = (stat(), stat())
    guard fstat(descriptor, &opened) == 0, stat(url.path, &named) == 0 else { return false }
    return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino
  }
}
