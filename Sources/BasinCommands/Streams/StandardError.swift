import Failures
import Foundation

/// Where progress and warnings go.
enum StandardError {
  /// Writes a line, or several. Whatever a file or an argument brought into it steers no terminal and
  /// is no flood.
  static func write(_ line: String) {
    let text = line.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.echoed(limit: 8000) }.joined(separator: "\n")
    // A closed stream is no reason to lose the result.
    try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
  }
}
