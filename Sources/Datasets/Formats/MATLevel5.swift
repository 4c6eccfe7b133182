import Failures
import Files

/// The arrays of a MATLAB file of version 5.
///
/// After a header of 128 bytes come elements, each a type, a size and so many bytes; an array is an
/// element of elements (flags, sizes, name, numbers), which may be compressed by zlib. Cell arrays,
/// structures, text, sparse and complex arrays are passed over.
struct MATLevel5: MATLevel {
  private let content: [UInt8]
  let location: String
  private let isBigEndian: Bool

  private static let headerSize = 128
  private static let compressed: UInt32 = 15
  private static let matrix: UInt32 = 14

  /// Reads the header.
  init(content: [UInt8], location: String) throws(Failure) {
    self.content = content
    self.location = location
    let isHDF5 = FileKind(of: content) == .hdf5
    let version = content.count < Self.headerSize ? [] : Array(content[124..<128])
    isBigEndian = version.starts(with: [1, 0])
    switch version {
    case [0, 1, UInt8(ascii: "I"), UInt8(ascii: "M")] where !isHDF5,
      [1, 0, UInt8(ascii: "M"), UInt8(ascii: "I")] where !isHDF5:
      return
    case _ where isHDF5 || version.starts(with: [0, 2]) || version.starts(with: [2, 0]):
      throw failure(
        "a MATLAB file of version 4 or 5", "one of version 7.3",
        remedy: "Save it in MATLAB with the option -v7, or -v6.")
    case []:
      throw failure(
        "a MATLAB header of \(Self.headerSize) bytes", "a file of \(content.count) bytes")
    default: throw failure("a MATLAB file of version 4 or 5", "another kind of file")
    }
  }

  func array(named name: String, limit: Int) throws(Failure) -> MATArray {
    var position = Self.headerSize
    while position < content.count {
      guard position + 8 <= content.count else { throw cutShort }
      let tag = try MATStream(
        content, position..<position + 8, isCompressed: false, isBigEndian: isBigEndian,
        location: location)
      let (type, size) = (try tag.word(), Int(try tag.word()))
      position += 8
      guard size <= content.count - position else { throw cutShort }
      if type == Self.compressed || type == Self.matrix {
        let stream = try MATStream(
          content, position..<position + size, isCompressed: type == Self.compressed,
          isBigEndian: isBigEndian, location: location)
        if type == Self.compressed {
          guard try stream.word() == Self.matrix else { throw damaged("a compressed element") }
          _ = try stream.word()
        }
        if let array = try array(named: name, limit: limit, in: stream) { return array }
      }
      // Compressed elements follow each other without padding.
      position += type == Self.compressed ? size : (size + 7) / 8 * 8
    }
    throw failure("a numeric array \(name)", "none of that name")
  }

  /// The array that a stream holds, if it is a numeric one of that name.
  private func array(
    named name: String, limit: Int, in stream: MATStream
  ) throws(Failure) -> MATArray? {
    let flags = try small(stream, type: 6, atMost: 8)
    guard flags.count == 8 else { throw damaged("array flags") }
    let word = (isBigEndian ? flags[..<4] : ArraySlice(flags[..<4].reversed()))
      .reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    guard (6...15).contains(word & 0xFF) else { return nil }
    let sizeBytes = try small(stream, type: 5, atMost: 4 * 32)
    let numbers = sizeBytes.withUnsafeBytes {
      StoredNumber.int32.doubles(in: $0, isBigEndian: isBigEndian)
    }
    guard numbers.count >= 2, numbers.allSatisfy({ $0 >= 0 }) else { throw damaged("array sizes") }
    let sizes = numbers.map { Int($0) }
    guard try small(stream, type: 1, atMost: 4096) == Array(name.utf8) else { return nil }
    guard word & 0x800 == 0 else {
      throw failure("real numbers in \(name)", "complex ones")
    }
    let array = MATArray(
      sizes: sizes, elements: try elements(of: name, sizes: sizes, limit: limit, in: stream))
    try stream.finish()
    return array
  }

  private func elements(
    of name: String, sizes: [Int], limit: Int, in stream: MATStream
  ) throws(Failure) -> MATArray.Elements {
    let (type, size, isSmall) = try tag(stream)
    guard let number = StoredNumber(matLevel5: type) else {
      throw damaged("the numbers of \(name)")
    }
    let bytes = try self.size(of: name, sizes: sizes, number: number, limit: limit)
    guard bytes == size else {
      let shape = sizes.map(String.init).joined(separator: " x ")
      throw failure("\(bytes) bytes of \(name) for sizes \(shape)", "\(size)")
    }
    guard bytes <= stream.bound else { throw cutShort }
    var failure: Failure?
    let content = [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
      buffer.requestLargePages()
      do throws(Failure) {
        try stream.read(
          into: UnsafeMutableBufferPointer(rebasing: buffer[..<bytes]))
        count = bytes
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    if isSmall { _ = try stream.read(4 - bytes) }
    return number.elements(content, isBigEndian: isBigEndian)
  }

  /// The content of a short element of one type, with its padding.
  private func small(
    _ stream: MATStream, type: UInt32, atMost limit: Int
  ) throws(Failure) -> [UInt8] {
    let (found, size, isSmall) = try tag(stream)
    guard found == type, size <= limit else { throw damaged("a part of an array") }
    let bytes = try stream.read(isSmall ? 4 : (size + 7) / 8 * 8)
    return Array(bytes.prefix(size))
  }

  /// Type and size of an element; one of up to 4 bytes may share its eight with them.
  private func tag(
    _ stream: MATStream
  ) throws(Failure) -> (type: UInt32, size: Int, isSmall: Bool) {
    let word = try stream.word()
    guard word >> 16 == 0 else {
      guard word >> 16 <= 4 else { throw damaged("a small element") }
      return (word & 0xFFFF, Int(word >> 16), true)
    }
    return (word, Int(try stream.word()), false)
  }

  private var cutShort: Failure {
    failure("a whole MATLAB file", "one cut short after \(content.count) bytes")
  }
}
