import Foundation

/// Where progress and warnings go.
enum StandardError {
  /// Writes a line.
  static func write(_ line: String) {
    // A closed stream is no reason to lose the result.
    try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8))
  }
}
