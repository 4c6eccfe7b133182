import Failures
import Files
import Foundation
import Reports

/// Writes `metrics.jsonl`, a line a step and a line an epoch, each an object with sorted keys.
///
/// When `append(_:)` returns, the operating system has the line: a process that is killed loses
/// none. Whatever was written after the last checkpoint is dropped when the run resumes, so that
/// the file of a resumed run is that of an uninterrupted one, apart from the seconds.
package final class MetricsLog {
  private let file: FileHandle
  private let path: String

  /// Bytes so far.
  package private(set) var length: UInt64

  /// Bytes that should have been there and were not.
  package let missing: UInt64

  /// Continues the file, cut to its first `length` bytes.
  package init(_ url: URL, continuingAt length: UInt64) throws(Failure) {
    path = url.relativePath
    do {
      if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
      file = try FileHandle(forUpdating: url)
      // Less is there than should be, or other lines, only if someone else changed the file; whole lines
      // are kept.
      let kept = try Self.lastLineEnd(file, before: min(length, file.seekToEnd()))
      try file.truncate(atOffset: kept)
      try file.seek(toOffset: kept)
      self.length = kept
      missing = length - kept
    } catch {
      throw Self.failure(url.relativePath, error)
    }
  }

  private static func lastLineEnd(_ file: FileHandle, before end: UInt64) throws -> UInt64 {
    var end = end
    while end > 0 {
      // A line is far shorter than this, so that one piece is enough.
      let start = end - min(end, 1 << 16)
      try file.seek(toOffset: start)
      let piece = try file.read(upToCount: Int(end - start)) ?? Data()
      if let last = piece.lastIndex(of: UInt8(ascii: "\n")) {
        return start + UInt64(last - piece.startIndex) + 1
      }
      end = start
    }
    return 0
  }

  package func append(_ members: [String: JSONValue]) throws(Failure) {
    let line = Data((JSONValue.object(members).serialized + "\n").utf8)
    do {
      try file.write(contentsOf: line)
    } catch {
      throw Self.failure(path, error)
    }
    length += UInt64(line.count)
  }

  /// Returns when all lines are on the disk.
  package func synchronize() throws(Failure) {
    do {
      try file.synchronize()
    } catch {
      throw Self.failure(path, error)
    }
  }

  private static func failure(_ path: String, _ error: any Error) -> Failure {
    Failure(
      .fileSystem, at: path, expected: "a file that can be written", found: error.systemReason,
      remedy: "Make room or give permission, then continue with --resume.")
  }
}
