import Foundation

/// Keeps the folder of a data set to one download at a time, of this process or another.
///
/// The program that downloads holds the lock too: it outlives a process that is killed, and until it has
/// ended nobody else may continue, or install, the part that it appends to.
final class FetchLock {
  private let descriptor: Int32

  /// Waits until nobody else downloads into the folder.
  ///
  /// - Returns: nil where there is no such folder or no lock to be had.
  init?(_ folder: URL) {
    descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        close(descriptor)
        return nil
      }
    }
  }

  deinit { close(descriptor) }

  /// What makes another process hold the lock as long as it has this stream.
  var stream: FileHandle { FileHandle(fileDescriptor: descriptor, closeOnDealloc: false) }
}
