import Failures

/// A strict reader of JSON's tokens (RFC 8259), each error with the byte where it is.
struct JSONScanner {
  /// The tensor being read, for errors.
  var tensor: String?
  private let bytes: [UInt8]
  private let path: String
  private var position = 0

  init(_ bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  func error(expected: String, found: String) -> Failure {
    .safeTensors(
      path, tensor: tensor, expected: expected,
      found: "\(found) at byte \(position) of the header")
  }

  private func unexpected(_ expected: String) -> Failure {
    guard position < bytes.count else {
      return error(expected: expected, found: "its end")
    }
    let byte = bytes[position]
    let isPrintable = (0x21...0x7E).contains(byte)
    return error(
      expected: expected,
      found: isPrintable ? "'\(Character(Unicode.Scalar(byte)))'" : "byte value \(byte)")
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  /// Passes over a character if it comes next.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    if !take(character) { throw unexpected("'\(character)'") }
  }

  mutating func expectEnd() throws(Failure) {
    skipSpace()
    if position < bytes.count { throw unexpected("the end of the header") }
  }

  /// Whether another member of an object or array follows, passing over the comma before it or the
  /// closing character.
  mutating func hasMember(
    isFirst: inout Bool, until end: Unicode.Scalar
  ) throws(Failure) -> Bool {
    defer { isFirst = false }
    if take(end) { return false }
    if !isFirst, !take(",") { throw unexpected("',' or '\(end)'") }
    return true
  }

  /// The next key of an object and its colon.
  mutating func key(unlike names: inout Set<String>) throws(Failure) -> String {
    let key = try string()
    guard key.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw error(expected: "a printable name", found: "'\(key.echoed())'")
    }
    guard names.insert(key).inserted else {
      throw error(expected: "each name once", found: "'\(key.echoed())' again")
    }
    try expect(":")
    return key
  }

  /// An array of integers from 0 to 2^63 - 1.
  mutating func naturals() throws(Failure) -> [Int] {
    var numbers: [Int] = []
    var isFirst = true
    try expect("[")
    while try hasMember(isFirst: &isFirst, until: "]") {
      if take("-") { throw error(expected: "numbers of at least 0", found: "a negative one") }
      numbers.append(try natural())
    }
    return numbers
  }

  private mutating func natural() throws(Failure) -> Int {
    skipSpace()
    let start = position
    var number = 0
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      let tens = number.multipliedReportingOverflow(by: 10)
      let sum = tens.partialValue.addingReportingOverflow(Int(bytes[position] - 0x30))
      guard !tens.overflow, !sum.overflow else {
        throw error(expected: "numbers below 2^63", found: "a larger one")
      }
      number = sum.partialValue
      position += 1
    }
    let hasLeadingZero = bytes[start...].first == 0x30 && position > start + 1
    guard position > start, !hasLeadingZero else { throw unexpected("an integer") }
    return number
  }

  /// A string, its escapes resolved.
  mutating func string() throws(Failure) -> String {
    try expect("\"")
    var content: [UInt8] = []
    while true {
      guard position < bytes.count, bytes[position] >= 0x20 else { throw unexpected("'\"'") }
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        let string = String(decoding: content, as: UTF8.self)
        // Decoding repairs what is not UTF-8, and so changes it.
        guard string.utf8.elementsEqual(content) else {
          throw error(expected: "UTF-8", found: "other bytes in a string")
        }
        return string
      case UInt8(ascii: "\\"):
        content += Array(String(try escape()).utf8)
      default:
        content.append(byte)
      }
    }
  }

  /// The character meant by what follows a backslash.
  private mutating func escape() throws(Failure) -> Character {
    guard position < bytes.count else { throw unexpected("an escape") }
    let simple: [UInt8: Character] = [
      0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n", 0x72: "\r",
      0x74: "\t",
    ]
    if let character = simple[bytes[position]] {
      position += 1
      return character
    }
    guard bytes[position] == UInt8(ascii: "u") else { throw unexpected("an escape") }
    position += 1
    var code = UInt32(try codeUnit())
    if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: Array("\\u".utf8)) {
      position += 2
      let low = UInt32(try codeUnit())
      code = (0xDC00..<0xE000).contains(low) ? 0x10000 + (code - 0xD800) << 10 + low - 0xDC00 : code
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw error(expected: "a pair of surrogates", found: "half of one")
    }
    return Character(scalar)
  }

  /// Four hexadecimal digits.
  private mutating func codeUnit() throws(Failure) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw unexpected("four hexadecimal digits") }
    position += 4
    return unit
  }
}

extension String {
  /// This text as a JSON string, in the form of the reference implementation (serde_json).
  var quotedForJSON: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{8}": result += "\\b"
      case "\t": result += "\\t"
      case "\n": result += "\\n"
      case "\u{C}": result += "\\f"
      case "\r": result += "\\r"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
