import Failures

/// An array of bytes in the IDX format of MNIST: a magic number, the sizes, then the elements.
///
/// The header is big-endian: two zero bytes, the element type (8 for unsigned bytes, the only one
/// read here), the number of axes, and 32 bits for the size of each axis.
public struct IDXArray: Sendable, Equatable {
  /// The size of each axis, all positive; the last varies fastest.
  public let sizes: [Int]
  /// The elements, row-major.
  public let elements: [UInt8]

  /// Reads an array from the content of a file, already unpacked.
  ///
  /// - Parameters:
  ///   - content: The whole content.
  ///   - axisCount: The number of axes that it must have: 3 for grey images, 1 for labels.
  ///   - location: The file that an error names.
  /// - Throws: `Failure` of kind `malformed` that says which bytes are wrong. Sizes are
  ///   checked against the length of the content before anything is allocated.
  public init(content: [UInt8], axisCount: Int, location: String) throws(Failure) {
    func failure(_ expected: String, _ found: String) -> Failure {
      Failure(
        .malformed, at: location, expected: expected, found: found,
        remedy: "The file is damaged or of another kind; fetch it again.")
    }
    let magic: [UInt8] = [0, 0, 8, UInt8(axisCount)]
    guard content.starts(with: magic) else {
      throw failure(
        "the IDX magic number \(Self.hexadecimal(magic))",
        content.isEmpty ? "an empty file" : Self.hexadecimal(content.prefix(4)))
    }
    let headerSize = 4 + 4 * axisCount
    guard content.count >= headerSize else {
      throw failure("an IDX header of \(headerSize) bytes", "a file of \(content.count) bytes")
    }
    let sizes = (1...axisCount).map { axis in
      content[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let shape = sizes.map(String.init).joined(separator: " x ")
    guard sizes.allSatisfy({ $0 > 0 }) else {
      throw failure("IDX sizes of at least 1", shape)
    }
    var elementCount = 1
    for size in sizes {
      let (product, overflows) = elementCount.multipliedReportingOverflow(by: size)
      guard !overflows, product <= Int.max - headerSize else {
        throw failure("IDX sizes whose product fits in memory", shape)
      }
      elementCount = product
    }
    guard content.count == headerSize + elementCount else {
      let difference = content.count - headerSize - elementCount
      throw failure(
        "\(headerSize + elementCount) bytes for sizes \(shape)",
        "\(content.count), \(abs(difference)) \(difference < 0 ? "missing" : "too many")")
    }
    self.sizes = sizes
    self.elements = Array(content[headerSize...])
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
