import zlib

/// Reading of gzip files (RFC 1952), with a bound on what they may expand to.
package enum Gzip {
  /// Whether the bytes begin as a gzip file does.
  package static func isGzip(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x1F, 0x8B])
  }

  /// The content of a gzip file, of one member or several.
  ///
  /// - Parameters:
  ///   - bytes: The compressed file.
  ///   - limit: The most bytes that the content may have; memory use stays in proportion to it.
  ///   - location: The file that an error names.
  /// - Returns: The unpacked bytes, at most `limit`.
  /// - Throws: `DatasetError` of kind `malformedData` if the file is cut short, damaged, followed
  ///   by something else, or expands beyond the limit.
  package static func inflated(
    _ bytes: [UInt8], limit: Int, location: String
  ) throws(DatasetError) -> [UInt8] {
    var stream = z_stream()
    let gzipOnly = 15 + 16
    guard
      inflateInit2_(
        &stream, Int32(gzipOnly), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else {
      throw failure("zlib to start", "not enough memory", location)
    }
    defer { inflateEnd(&stream) }

    var content: [UInt8] = []
    var consumed = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let (status, read, written) = step(&stream, bytes, from: consumed, into: &chunk)
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
        guard isGzip(Array(bytes[consumed...].prefix(2))), inflateReset(&stream) == Z_OK else {
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
        let reason = stream.msg.map { String(cString: $0) } ?? "zlib status \(status)"
        throw failure("an intact gzip file", "a damaged one (\(reason))", location)
      }
    }
  }

  /// One call of `inflate`: its status, and the bytes that it read and wrote.
  private static func step(
    _ stream: inout z_stream, _ bytes: [UInt8], from offset: Int, into chunk: inout [UInt8]
  ) -> (status: Int32, read: Int, written: Int) {
    bytes.withUnsafeBufferPointer { input in
      chunk.withUnsafeMutableBufferPointer { output in
        let available = min(input.count - offset, 1 << 30)
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + offset })
        stream.avail_in = UInt32(available)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        let status = inflate(&stream, Z_NO_FLUSH)
        return (status, available - Int(stream.avail_in), output.count - Int(stream.avail_out))
      }
    }
  }

  private static func failure(
    _ expected: String, _ found: String, _ location: String
  ) -> DatasetError {
    DatasetError(
      .malformedData, at: location, expected: expected, found: found,
      remedy: "Delete the file and fetch it again.")
  }
}
