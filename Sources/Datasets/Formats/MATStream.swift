import Failures
import Files
import zlib

/// The bytes of an element of a MATLAB file in their order, inflated as they are asked for.
final class MATStream {
  private let content: [UInt8]
  private let location: String
  private let isBigEndian: Bool
  private var position: Int
  private let end: Int
  private let inflation: Inflation?
  private var hasEnded = false

  /// Begins to read a range of the file's content.
  ///
  /// - Throws: `Failure` of kind `malformed` if it is compressed and zlib does not start.
  init(
    _ content: [UInt8], _ range: Range<Int>, isCompressed: Bool, isBigEndian: Bool, location: String
  ) throws(Failure) {
    self.content = content
    self.location = location
    self.isBigEndian = isBigEndian
    (position, end) = (range.lowerBound, range.upperBound)
    inflation = isCompressed ? Inflation(.zlib) : nil
    if isCompressed, inflation == nil { throw failure("not enough memory") }
  }

  /// The most bytes that can still come.
  var bound: Int {
    let rest = end - position
    // What zlib has taken in but not yet put out is less than its window.
    return inflation == nil ? rest : rest * Inflation.largestRatio + (1 << 16)
  }

  /// Fills a buffer.
  ///
  /// - Throws: `Failure` of kind `malformed` if the element ends before, or is damaged.
  func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(Failure) {
    guard let inflation else {
      guard buffer.count <= end - position else { throw cutShort }
      _ = buffer.update(fromContentsOf: content[position..<position + buffer.count])
      position += buffer.count
      return
    }
    var filled = 0
    while filled < buffer.count {
      guard !hasEnded else { throw cutShort }
      filled += try step(inflation, into: UnsafeMutableBufferPointer(rebasing: buffer[filled...]))
    }
  }

  /// The next `count` bytes, few of them.
  func read(_ count: Int) throws(Failure) -> [UInt8] {
    guard count <= bound else { throw cutShort }
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(Failure) in
      try read(into: buffer)
    }
    return bytes
  }

  /// The next number of 32 bits.
  func word() throws(Failure) -> UInt32 {
    let bytes = try read(4)
    return (isBigEndian ? bytes : bytes.reversed()).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Reads what is left of a compressed element, which may only be padding, up to its check sum.
  func finish() throws(Failure) {
    guard let inflation else { return }
    var rest = [UInt8](repeating: 0, count: 16)
    var count = 0
    while !hasEnded {
      count += try rest.withUnsafeMutableBufferPointer { (buffer) throws(Failure) in
        try step(inflation, into: buffer)
      }
      guard count < 8 else { throw failure("more bytes than the array has") }
    }
  }

  /// Inflates what there is room for, at least one byte unless the stream ends.
  private func step(
    _ inflation: Inflation, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(Failure) -> Int {
    let (status, read, written) = content.withUnsafeBufferPointer {
      inflation.step(
        UnsafeBufferPointer(rebasing: $0[position..<end]),
        into: UnsafeMutableRawBufferPointer(buffer))
    }
    position += read
    switch status {
    case Z_STREAM_END: hasEnded = true
    case Z_OK where read > 0 || written > 0: break
    case Z_OK, Z_BUF_ERROR: throw cutShort
    default: throw failure("a damaged one (\(inflation.reason(status)))")
    }
    return written
  }

  private var cutShort: Failure { failure("one cut short") }

  private func failure(_ found: String) -> Failure {
    Failure(
      .malformed, at: location, expected: "an intact MATLAB array", found: found,
      remedy: "The file is damaged; put a whole one in its place.")
  }
}
