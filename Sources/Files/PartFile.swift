import Failures
import Foundation

/// A file that is being written under a temporary name.
struct PartFile {
  private let path: String
  private let descriptor: Int32
  /// What errors are about.
  private let name: String

  /// Makes a part beside the file at a path, with the permissions of that file where it is there.
  ///
  /// - Parameter name: the file's path as the user knows it.
  init(of destination: String, named name: String) throws(Failure) {
    while true {
      let path = "\(destination).\(getpid()).\(UInt32.random(in: 0 ... .max)).part"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw .unwritable(name, Self.reason) }
      // Some file systems have no locks; there, nothing can be cleaned away either.
      flock(descriptor, LOCK_EX)
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_nlink > 0 else {
        // Someone who cleans was here between the two calls.
        close(descriptor)
        continue
      }
      if stat(destination, &status) == 0 { fchmod(descriptor, status.st_mode & 0o7777) }
      (self.path, self.descriptor, self.name) = (path, descriptor, name)
      return
    }
  }

  /// Writes all of it, and flushes it to the disk.
  func write(_ bytes: [UInt8]) throws(Failure) {
    var position = 0
    while position < bytes.count {
      let count = bytes.withUnsafeBytes {
        writeBytes(descriptor, $0.baseAddress! + position, $0.count - position)
      }
      guard count > 0 || errno == EINTR else { throw .unwritable(name, Self.reason) }
      position += max(count, 0)
    }
    guard fsync(descriptor) == 0 else { throw .unwritable(name, Self.reason) }
  }

  /// Puts it in its place; nothing is done with it afterwards.
  func rename(to destination: String) throws(Failure) {
    guard renameFile(path, destination) == 0 else { throw .unwritable(name, Self.reason) }
    close(descriptor)
  }

  /// Deletes it.
  func remove() {
    unlink(path)
    close(descriptor)
  }

  /// Deletes a part, unless a process holds its lock.
  static func removeUnlessWritten(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard descriptor >= 0 else { return }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      flock(descriptor, LOCK_EX | LOCK_NB) == 0
    {
      unlink(path)
    }
    close(descriptor)
  }

  private static var reason: String { String(cString: strerror(errno)) }
}

// The system's calls, whose names the methods above have too.

private func writeBytes(_ file: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(file, bytes, count)
}

private func renameFile(_ from: String, _ to: String) -> Int32 { rename(from, to) }
