import Failures
import Foundation

/// Writes files that are there as a whole or not at all: the one place that replaces a file.
///
/// What is written goes to a file beside it, `NAME.PROCESS.NUMBER.part`, is flushed to the disk and
/// renamed. The part is locked as long as its writer lives, so that what a killed process has left is
/// told from what another one is at work on.
package enum AtomicFile {
  /// Replaces the file at a path, or makes it. A link is followed, and permissions stay.
  ///
  /// - Throws: `Failure` of kind `fileSystem` if something else than a file is there, or the system refuses; what
  ///   was there stays, and no part is left.
  package static func write(_ bytes: some Sequence<UInt8>, to path: String) throws(Failure) {
    if let obstacle = obstacle(at: path) { throw .unwritable(path, obstacle) }
    var destination = path
    if let target = realpath(path, nil) {
      destination = String(cString: target)
      free(target)
    }
    let part = try PartFile(of: destination, named: path)
    do throws(Failure) {
      try part.write(Array(bytes))
      try part.rename(to: destination)
    } catch {
      part.remove()
      throw error
    }
  }

  /// What is at a path and must not be replaced, in a few words; nil for a regular file and for
  /// nothing at all.
  package static func obstacle(at path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
        ? "a link to nothing" : nil
    }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "a folder"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }

  /// Deletes the parts in a folder whose writers are gone.
  package static func removeRemains(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasSuffix(".part") {
      let fields = name.split(separator: ".")
      guard fields.count >= 4, fields.dropLast().suffix(2).allSatisfy({ UInt32($0) != nil }) else {
        continue
      }
      PartFile.removeUnlessWritten("\(folder)/\(name)")
    }
  }
}

extension Failure {
  /// Of a file or folder that cannot be written; what was there before is as it was.
  ///
  /// - Parameter reason: why, in a few words.
  package static func unwritable(_ path: String, _ reason: String) -> Failure {
    Failure(
      .fileSystem, at: path, expected: "a place that can be written to", found: reason,
      remedy: "Check that the folder is there, has room and may be written to.")
  }
}
