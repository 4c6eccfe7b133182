import Failures
import zlib

/// The files of a ZIP archive, by its central directory: stored ones and those packed by DEFLATE.
///
/// Archives up to 4 GB, of any number of files. Those in several parts and encrypted files are
/// refused.
public struct ZipArchive: Sendable {
  /// A file, and where it is in the archive.
  public struct Entry: Sendable, Equatable {
    /// The path as the archive has it; nothing is known of where it leads.
    public let name: String
    /// The number of bytes after unpacking, as the archive claims.
    public let size: Int
    let packedSize: Int
    let header: Int
    let checksum: UInt32
    let isPacked: Bool
  }

  /// The files in their order, without folders.
  public let entries: [Entry]
  private let content: [UInt8]
  private let location: String

  /// Reads the central directory.
  ///
  /// - Throws: `Failure` of kind `malformed` if it is not there or not intact.
  public init(content: [UInt8], location: String) throws(Failure) {
    self.content = content
    self.location = location
    // The end record is 22 bytes and a comment of at most 64 KB.
    let earliest = max(0, content.count - 22 - 0xFFFF)
    var end = content.count - 22
    while end >= earliest, Self.word(content, end) != 0x0605_4B50 { end -= 1 }
    guard end >= earliest else {
      throw Self.failure("no central directory: a file cut short or of another kind", location)
    }
    let (size, start) = (Self.word(content, end + 12), Self.word(content, end + 16))
    guard start <= end, size <= end - start else {
      throw Self.failure("a central directory outside of the file", location)
    }
    var entries: [Entry] = []
    var place = start
    // The number of entries has 16 bits in the end record; the directory's extent is what counts.
    while place < start + size {
      guard place + 46 <= start + size, Self.word(content, place) == 0x0201_4B50 else {
        throw Self.failure("a damaged central directory at byte \(place)", location)
      }
      let flags = Self.half(content, place + 8)
      let method = Self.half(content, place + 10)
      let nameSize = Self.half(content, place + 28)
      let next =
        place + 46 + nameSize + Self.half(content, place + 30) + Self.half(content, place + 32)
      guard next <= start + size, method == 0 || method == 8, flags & 1 == 0 else {
        throw Self.failure("an entry that cannot be read, at byte \(place)", location)
      }
      let name = String(decoding: content[place + 46..<place + 46 + nameSize], as: UTF8.self)
      if !name.hasSuffix("/") {
        entries.append(
          Entry(
            name: name, size: Self.word(content, place + 24),
            packedSize: Self.word(content, place + 20), header: Self.word(content, place + 42),
            checksum: UInt32(Self.word(content, place + 16)), isPacked: method == 8))
      }
      place = next
    }
    self.entries = entries
  }

  /// The content of a file, checked against its CRC-32.
  ///
  /// - Throws: `Failure` of kind `malformed` if it is not intact.
  public func content(of entry: Entry) throws(Failure) -> [UInt8] {
    let header = entry.header
    guard header + 30 <= content.count, Self.word(content, header) == 0x0403_4B50 else {
      throw Self.failure("no \(entry.name) where it should be", location)
    }
    let start = header + 30 + Self.half(content, header + 26) + Self.half(content, header + 28)
    guard start <= content.count, entry.packedSize <= content.count - start,
      entry.isPacked || entry.packedSize == entry.size,
      entry.size <= entry.packedSize * Inflation.largestRatio + 64
    else { throw Self.failure("\(entry.name) cut short", location) }
    let packed = content[start..<start + entry.packedSize]
    let bytes = entry.isPacked ? inflated(packed, size: entry.size) : Array(packed)
    guard let bytes, Self.checksum(bytes) == entry.checksum else {
      throw Self.failure("a damaged \(entry.name)", location)
    }
    return bytes
  }

  /// Exactly `size` bytes; nil for more, fewer or damage.
  private func inflated(_ packed: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
    guard let inflation = Inflation(.raw) else { return nil }
    var isWhole = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, count in
      packed.withUnsafeBufferPointer { input in
        let (status, _, written) = inflation.step(
          input, into: UnsafeMutableRawBufferPointer(buffer))
        isWhole = status == Z_STREAM_END && written == size
        count = written
      }
    }
    return isWhole ? bytes : nil
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    UInt32(bytes.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) })
  }

  private static func half(_ content: [UInt8], _ place: Int) -> Int {
    Int(content[place]) | Int(content[place + 1]) << 8
  }

  /// 32 bits, or 0, which is no signature, where the file is too short.
  private static func word(_ content: [UInt8], _ place: Int) -> Int {
    guard place >= 0, place + 4 <= content.count else { return 0 }
    return half(content, place) | half(content, place + 2) << 16
  }

  private static func failure(_ found: String, _ location: String) -> Failure {
    Failure(
      .malformed, at: location, expected: "an intact ZIP archive", found: found,
      remedy: "Delete the file and fetch it again.")
  }
}
