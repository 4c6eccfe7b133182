import Failures
import Files

/// The arrays of a MATLAB file of version 4: full matrices of real numbers, of two axes.
///
/// A file is matrices one after the other, each a header of five integers of 32 bits (type, rows,
/// columns, whether it is complex, length of the name), the name with a zero behind it, and the
/// elements, column by column. The type's decimal digits are MOPT: byte order, a zero, the kind of
/// number, and whether it is a full matrix, text or sparse.
struct MATLevel4: MATLevel {
  private let content: [UInt8]
  let location: String
  private let isBigEndian: Bool

  private static let headerSize = 20

  /// A matrix whose header fits the file.
  private struct Matrix {
    let name: [UInt8]
    let sizes: [Int]
    let number: StoredNumber
    /// 0 for a full matrix, 1 for text, 2 for a sparse one.
    let form: Int
    let isComplex: Bool
    let elements: Int
    let end: Int
  }

  /// Reads the first header, which tells the byte order.
  init(content: [UInt8], location: String) throws(Failure) {
    self.content = content
    self.location = location
    let type = content.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    isBigEndian = (1000..<2000).contains(type)
  }

  func array(named name: String, limit: Int) throws(Failure) -> MATArray {
    var position = 0
    while position < content.count {
      let matrix = try matrix(at: position)
      position = matrix.end
      guard matrix.name == Array(name.utf8) else { continue }
      guard matrix.form == 0 else {
        throw failure(
          "a full matrix \(name)", matrix.form == 1 ? "a text" : "a sparse one",
          remedy: "Save it in MATLAB as full(\(name)), or as numbers.")
      }
      guard !matrix.isComplex else { throw failure("real numbers in \(name)", "complex ones") }
      let bytes = try size(of: name, sizes: matrix.sizes, number: matrix.number, limit: limit)
      return MATArray(
        sizes: matrix.sizes,
        elements: matrix.number.elements(
          Array(content[matrix.elements..<matrix.elements + bytes]), isBigEndian: isBigEndian))
    }
    throw failure("a numeric array \(name)", "none of that name")
  }

  private func matrix(at start: Int) throws(Failure) -> Matrix {
    guard start + Self.headerSize <= content.count else { throw cutShort }
    let words = content[start..<start + Self.headerSize].withUnsafeBytes {
      StoredNumber.uint32.doubles(in: $0, isBigEndian: isBigEndian).map { Int($0) }
    }
    let type = words[0]
    let numbers: [StoredNumber] = [.float64, .float32, .int32, .int16, .uint16, .uint8]
    guard type / 1000 == (isBigEndian ? 1 : 0), type / 100 % 10 == 0, type % 10 <= 2,
      numbers.indices.contains(type / 10 % 10)
    else {
      throw failure(
        "a MATLAB file of version 4 or 5",
        (2000..<5000).contains(type) ? "numbers of a VAX or Cray" : "another kind of file")
    }
    guard words[3] <= 1, (1...4096).contains(words[4]) else { throw damaged("a matrix header") }
    let number = numbers[type / 10 % 10]
    let name = content[min(start + Self.headerSize, content.count)...].prefix(words[4])
    let elements = start + Self.headerSize + words[4]
    // Sizes below 2^32 each, so the product of all has less than 2^63 only by this check.
    let (area, overflows) = words[1].multipliedReportingOverflow(by: words[2])
    guard !overflows, area <= content.count else { throw cutShort }
    let end = elements + area * number.width * (1 + words[3])
    guard end <= content.count else { throw cutShort }
    return Matrix(
      name: Array(name.prefix { $0 != 0 }), sizes: [words[1], words[2]], number: number,
      form: type % 10, isComplex: words[3] == 1, elements: elements, end: end)
  }

  private var cutShort: Failure {
    failure("a whole MATLAB file", "one cut short after \(content.count) bytes")
  }
}
