import Failures
import zlib

/// Reading of gzip files (RFC 1952), with a bound on what they may expand to.
public enum Gzip {
  /// Whether the bytes begin as a gzip file does.
  public static func isGzip(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x1F, 0x8B])
  }

  /// The content of a gzip file, of one member or several.
  ///
  /// - Parameters:
  ///   - bytes: The compressed file.
  ///   - limit: The most bytes that the content may have; memory use stays in proportion to it.
  ///   - location: The file that an error names.
  /// - Returns: The unpacked bytes, at most `limit`.
  /// - Throws: `Failure` of kind `malformed` if the file is cut short, damaged, followed
  ///   by something else, or expands beyond the limit.
  public static func inflated(
    _ bytes: [UInt8], limit: Int, location: String
  ) throws(Failure) -> [UInt8] {
    guard let inflation = Inflation(.gzip) else {
      throw failure("zlib to start", "not enough memory", location)
    }
    var content: [UInt8] = []
    var consumed = 0
    var chunk = [UInt8](repeating: 0, count: min(limit, 1 << 18) + 1)
    while true {
      let (status, read, written) = bytes.withUnsafeBufferPointer { input in
        chunk.withUnsafeMutableBytes {
          inflation.step(UnsafeBufferPointer(rebasing: input[consumed...]), into: $0)
        }
      }
      consumed += read
      content.append(contentsOf: chunk[..<written])
      guard content.count <= limit else {
        throw failure(
          "content of at most \(limit) bytes", "a gzip file that expands to more", location)
      }
      switch status {
      case Z_STREAM_END where consumed == bytes.count:
        return content
      case Z_STREAM_END:
        guard isGzip(Array(bytes[consumed...].prefix(2))), inflation.restart() else {
          throw failure(
            "the end of the file after \(consumed) bytes of gzip",
            "\(bytes.count - consumed) more bytes", location)
        }
      case Z_OK where read > 0 || written > 0:
        continue
      case Z_OK, Z_BUF_ERROR:
        throw failure(
          "a complete gzip file", "one cut short after \(bytes.count) bytes", location)
      default:
        throw failure(
          "an intact gzip file", "a damaged one (\(inflation.reason(status)))", location)
      }
    }
  }

  private static func failure(
    _ expected: String, _ found: String, _ location: String
  ) -> Failure {
    Failure(
      .malformed, at: location, expected: expected, found: found,
      remedy: "Delete the file and fetch it again.")
  }
}
