import Failures
import Files

/// What the header of a safetensors file says, once all of it has been found to fit the file.
struct SafeTensorsHeader {
  struct Entry {
    let name: String
    let number: StoredNumber
    let shape: [Int]
    /// Where the elements are in the file.
    let range: Range<Int>
  }

  let entries: [Entry]
  let metadata: [String: String]

  /// Longest header that is read, the format's own limit.
  static let sizeLimit = 100_000_000
  /// Most axes of a tensor, libtorch's limit for most operations.
  static let rankLimit = 64

  init(of bytes: [UInt8], path: String) throws(Failure) {
    guard bytes.count >= 8 else {
      throw .safeTensors(
        path, expected: "at least 8 bytes", found: "\(bytes.count)")
    }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.sizeLimit else {
      throw .safeTensors(
        path, expected: "a header of at most \(Self.sizeLimit) bytes",
        found: "\(length)")
    }
    let start = 8 + Int(length)
    guard start <= bytes.count else {
      throw .safeTensors(
        path, expected: "a header of \(length) bytes",
        found: "\(bytes.count - 8) before the end of the file")
    }

    var parser = SafeTensorsHeaderParser(Array(bytes[8..<start]), path: path)
    let declarations = try parser.parse()
    metadata = parser.metadata
    var entries: [Entry] = []
    var position = 0
    let dataSize = bytes.count - start
    for declaration in declarations.sorted(by: { $0.offsets < $1.offsets }) {
      let check = DeclarationCheck(declaration: declaration, path: path)
      let number = try check.number()
      try check.size(of: number)
      try check.place(after: position, dataSize: dataSize)
      position = declaration.offsets.end
      entries.append(
        Entry(
          name: declaration.name, number: number, shape: declaration.shape,
          range: start + declaration.offsets.begin..<start + position))
    }
    guard position == dataSize else {
      throw .safeTensors(
        path, expected: "\(position) bytes of elements", found: "\(dataSize)")
    }
    self.entries = entries
  }
}

/// What a header claims about a tensor.
struct SafeTensorsDeclaration {
  let name: String
  let dtype: String
  let shape: [Int]
  let offsets: (begin: Int, end: Int)
}

/// The claims about one tensor against its element type and the file.
private struct DeclarationCheck {
  let declaration: SafeTensorsDeclaration
  let path: String

  private func error(
    _ kind: Failure.Kind = .malformed, expected: String, found: String
  ) -> Failure {
    .safeTensors(path, kind: kind, tensor: declaration.name, expected: expected, found: found)
  }

  func number() throws(Failure) -> StoredNumber {
    guard let number = StoredNumber(safeTensorsName: declaration.dtype) else {
      throw error(
        .unsuitable,
        expected: "element type F16, BF16, F32, F64, BOOL, U8 to U64 or I8 to I64",
        found: "'\(declaration.dtype.echoed())'")
    }
    return number
  }

  func size(of number: StoredNumber) throws(Failure) {
    let (shape, offsets) = (declaration.shape, declaration.offsets)
    guard shape.count <= SafeTensorsHeader.rankLimit else {
      throw error(
        expected: "at most \(SafeTensorsHeader.rankLimit) axes",
        found: "\(shape.count)")
    }
    // Strides are products of extents with 0 taken as 1, so those must not overflow either.
    let (_, overflows) = shape.reduce((number.width, false)) {
      let product = $0.0.multipliedReportingOverflow(by: max($1, 1))
      return (product.partialValue, $0.1 || product.overflow)
    }
    guard !overflows else {
      throw error(expected: "fewer than 2^63 bytes", found: "shape \(shape)")
    }
    guard offsets.begin <= offsets.end else {
      throw error(expected: "offsets in order", found: "[\(offsets.begin), \(offsets.end)]")
    }
    let size = shape.reduce(number.width, *)
    guard offsets.end - offsets.begin == size else {
      throw error(
        expected: "\(size) bytes for \(declaration.dtype) \(shape)",
        found: "\(offsets.end - offsets.begin)")
    }
  }

  func place(after position: Int, dataSize: Int) throws(Failure) {
    let (begin, end) = declaration.offsets
    guard end <= dataSize else {
      throw error(expected: "an end within \(dataSize) bytes of elements", found: "\(end)")
    }
    guard begin == position else {
      let fault = begin < position ? "an overlap" : "a hole"
      throw error(expected: "begin \(position)", found: "\(begin), \(fault)")
    }
  }
}

extension StoredNumber {
  /// The type that the format calls by this name, if it is one of real numbers that can be read.
  fileprivate init?(safeTensorsName name: String) {
    let names: [String: StoredNumber] = [
      "BOOL": .bool, "U8": .uint8, "I8": .int8, "U16": .uint16, "I16": .int16, "U32": .uint32,
      "I32": .int32, "U64": .uint64, "I64": .int64, "F16": .float16, "BF16": .bfloat16,
      "F32": .float32, "F64": .float64,
    ]
    guard let number = names[name] else { return nil }
    self = number
  }
}
