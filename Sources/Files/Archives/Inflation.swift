import zlib

/// A decompression by zlib under way, step by step, so that whoever asks decides how much comes out.
package final class Inflation {
  /// What surrounds the compressed data.
  package enum Format: Int32 {
    /// RFC 1951, nothing.
    case raw = -15
    /// RFC 1950, a header of two bytes and a check sum.
    case zlib = 15
    /// RFC 1952.
    case gzip = 31
  }

  /// The largest quotient of what comes out and what goes in that DEFLATE allows.
  package static let largestRatio = 1032

  // zlib keeps the address of its state, so that must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Nil if there is not enough memory.
  package init?(_ format: Format) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, format.rawValue, ZLIB_VERSION, size) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// One call of `inflate`: its status, and the bytes that it read and wrote.
  package func step(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableRawBufferPointer
  ) -> (status: Int32, read: Int, written: Int) {
    // Counts have 32 bits; zlib reads nothing through the pointer that it may not.
    let (available, room) = (min(input.count, 1 << 30), min(output.count, 1 << 30))
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(available)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(room)
    let status = inflate(stream, Z_NO_FLUSH)
    return (
      status, available - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out)
    )
  }

  /// Begins a new stream of the same format; false if that is not possible.
  package func restart() -> Bool { inflateReset(stream) == Z_OK }

  /// What zlib says of the last failure.
  package func reason(_ status: Int32) -> String {
    stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
  }
}
