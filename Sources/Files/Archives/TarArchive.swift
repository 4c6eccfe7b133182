import Failures

/// The files of a tar archive: the POSIX format and the older ones that it extends.
///
/// Folders, links and devices are passed over. Names longer than 100 bytes come from POSIX's prefix;
/// the extensions of GNU and pax for still longer ones are passed over, so that such a file has its
/// shortened name.
public struct TarArchive: Sendable {
  /// A file, and where its content is in the archive.
  public struct Entry: Sendable, Equatable {
    /// The path as the archive has it; nothing is known of where it leads.
    public let name: String
    /// The place of the content.
    public let range: Range<Int>
  }

  /// The files in their order.
  public let entries: [Entry]

  private static let blockSize = 512

  /// Reads the headers of an archive that is already unpacked from gzip.
  ///
  /// - Throws: `Failure` of kind `malformed` if a header's check sum is wrong or the archive
  ///   ends within a file or without the block of zeros that ends an archive.
  public init(content: [UInt8], location: String) throws(Failure) {
    func failure(_ found: String) -> Failure {
      Failure(
        .malformed, at: location, expected: "an intact tar archive", found: found,
        remedy: "Delete the file and fetch it again.")
    }
    var entries: [Entry] = []
    var start = 0
    while true {
      guard start + Self.blockSize <= content.count else {
        throw failure("one cut short after \(content.count) bytes")
      }
      let header = content[start..<start + Self.blockSize]
      if header.allSatisfy({ $0 == 0 }) { break }
      guard Self.isIntact(header), let size = Self.number(header.dropFirst(124).prefix(12)) else {
        throw failure("a damaged header at byte \(start)")
      }
      start += Self.blockSize
      guard size <= content.count - start else {
        throw failure("one cut short after \(content.count) bytes")
      }
      let type = header[header.startIndex + 156]
      if type == 0 || type == UInt8(ascii: "0") {
        entries.append(Entry(name: Self.name(header), range: start..<start + size))
      }
      start += (size + Self.blockSize - 1) / Self.blockSize * Self.blockSize
    }
    self.entries = entries
  }

  /// Whether the sum of a header's bytes, its own field taken as spaces, is what that field says.
  private static func isIntact(_ header: ArraySlice<UInt8>) -> Bool {
    let field = header.dropFirst(148).prefix(8)
    let sum =
      header.reduce(0) { $0 + Int($1) } - field.reduce(0) { $0 + Int($1) }
      + 8 * Int(UInt8(ascii: " "))
    return number(field) == sum
  }

  /// A number in octal digits, ended by a space or zero; nil for anything else, such as the binary
  /// sizes of files above 8 GB.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != 32 }
    guard !digits.isEmpty else { return nil }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 < 0 ? nil : $0 }
  }

  private static func name(_ header: ArraySlice<UInt8>) -> String {
    func text(_ offset: Int, _ size: Int) -> String {
      String(decoding: header.dropFirst(offset).prefix(size).prefix { $0 != 0 }, as: UTF8.self)
    }
    let isPOSIX = header.dropFirst(257).starts(with: Array("ustar\0".utf8))
    let prefix = isPOSIX ? text(345, 155) : ""
    return prefix.isEmpty ? text(0, 100) : prefix + "/" + text(0, 100)
  }
}
