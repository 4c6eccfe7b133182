import Failures

/// One line of numbers, cut into its fields.
struct DelimitedLine {
  /// What is wrong with a line.
  struct Fault: Error {
    let expected: String
    let found: String
    var remedy = "Write a row a line, with the same number of numbers in each."
  }

  private let bytes: ArraySlice<UInt8>

  /// - Parameter bytes: without the end of the line.
  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// Appends the numbers of the line: none of an empty one or of a comment.
  func append(to values: inout [Double]) throws(Fault) {
    guard let first = bytes.first(where: { !Self.isBlank($0) }), first != UInt8(ascii: "#") else {
      return
    }
    let (comma, semicolon) = (UInt8(ascii: ","), UInt8(ascii: ";"))
    let (hasComma, hasSemicolon) = (bytes.contains(comma), bytes.contains(semicolon))
    guard !(hasComma && hasSemicolon) else {
      throw Fault(
        expected: "commas or semicolons", found: "both",
        remedy: "Write decimal points, and one kind of separator.")
    }
    guard hasComma || hasSemicolon else {
      try append(bytes, after: 0, to: &values)
      return
    }
    let separator = hasComma ? comma : semicolon
    let fields = bytes.split(separator: separator, omittingEmptySubsequences: false)
    var columns = 0
    for (index, field) in fields.enumerated() {
      guard !field.allSatisfy(Self.isBlank) else {
        throw Fault(
          expected: "a number in each of \(fields.count) fields",
          found: "none in field \(index + 1)",
          remedy: "Fill the gap, or take the separator away.")
      }
      columns += try append(field, after: columns, to: &values)
    }
  }

  /// Appends the numbers of a stretch between separators, which blanks may separate further, and
  /// returns how many.
  @discardableResult
  private func append(
    _ stretch: ArraySlice<UInt8>, after columns: Int, to values: inout [Double]
  ) throws(Fault) -> Int {
    let fields = stretch.split(whereSeparator: Self.isBlank)
    for (index, field) in fields.enumerated() {
      let quote = UInt8(ascii: "\"")
      let isQuoted = field.count >= 2 && field.first == quote && field.last == quote
      let text = String(decoding: isQuoted ? field.dropFirst().dropLast() : field, as: UTF8.self)
      guard let value = Double(text) else {
        throw Fault(
          expected: "a number in column \(columns + index + 1)", found: "'\(text.echoed())'",
          remedy: "Write numbers alone, with decimal points; a heading may stand behind #.")
      }
      values.append(value)
    }
    return fields.count
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
