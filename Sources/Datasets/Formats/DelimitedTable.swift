import Failures
import Files
import Foundation

/// A table as text, as spreadsheets, pandas and R write it: rows of fields between commas, semicolons or
/// tabulators, in quotation marks or not (RFC 4180), with a line of names above or without.
struct DelimitedTable {
  /// The names of the columns; their numbers from 1 on where the file has none. The first may be empty, as
  /// pandas and R write it above the numbers of rows.
  let columns: [String]
  let hasNames: Bool
  let rows: [[String]]
  /// The line of the file on which each row begins, from 1 on.
  let lines: [Int]

  /// Whether the name of a file says that it is such a table.
  static func isNamed(_ path: String) -> Bool {
    ["csv", "tsv", "txt"].contains((path as NSString).pathExtension.lowercased())
  }

  /// Reads the bytes of a file; nothing about them is trusted.
  ///
  /// - Throws: `Failure` of kind `malformed` that names the line.
  init(_ bytes: [UInt8], path: String) throws(Failure) {
    func failure(
      _ expected: String, _ found: String, line: Int? = nil,
      remedy: String = "Write a sample a row, with the same columns in each."
    ) -> Failure {
      Failure(
        .malformed, at: line.map { "\(path), line \($0)" } ?? path, expected: expected,
        found: found, remedy: remedy)
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw failure("a table in UTF-8", "UTF-16", remedy: "Save it as CSV in UTF-8.")
    }
    if let kind = FileKind(of: bytes) {
      throw failure(
        "a table as text (CSV)", kind.rawValue, remedy: "Save it as CSV, or name the right file.")
    }
    if let odd = Self.firstForeignByte(in: bytes) {
      throw failure(
        "a table in UTF-8", "byte \(bytes[odd]), as Latin-1 and other encodings have them",
        line: 1 + bytes[..<odd].count { $0 == 0x0A },
        remedy: "Save it as CSV in UTF-8, for instance with `iconv -f latin1 -t utf-8`.")
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var fields = Fields(bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...])
    var rows: [[String]] = []
    var lines: [Int] = []
    while let (row, line, isClosed) = fields.next() {
      guard isClosed else {
        throw failure("a closing quotation mark", "the end of the file", line: line)
      }
      if row.allSatisfy(\.isEmpty), row.count == 1 { continue }
      if let first = rows.first, row.count != first.count {
        throw failure(
          "\(first.count) fields as in line \(lines[0])", "\(row.count)", line: line)
      }
      rows.append(row)
      lines.append(line)
    }
    guard let first = rows.first, first.count >= 2 else {
      guard !rows.isEmpty else { throw failure("a table of two columns and more", "nothing") }
      throw failure(
        "a table of two columns and more", "one column",
        remedy: "Put commas, semicolons or tabulators between the fields, in NumPy by "
          + "savetxt(FILE, rows, delimiter=\",\").")
    }
    // A line of names has no number in it.
    hasNames =
      Double(first[0]) == nil && first.dropFirst().allSatisfy { Double($0) == nil && !$0.isEmpty }
    if hasNames {
      columns = first
      rows.removeFirst()
      lines.removeFirst()
    } else {
      columns = first.indices.map { "\($0 + 1)" }
    }
    guard !rows.isEmpty else { throw failure("rows below the names", "none") }
    self.rows = rows
    self.lines = lines
  }
}

extension DelimitedTable {
  /// Where the bytes stop being UTF-8; nil if they nowhere do.
  private static func firstForeignByte(in bytes: [UInt8]) -> Int? {
    var iterator = bytes.makeIterator()
    var decoder = UTF8()
    var place = 0
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): place += UTF8.width(scalar)
      case .emptyInput: return nil
      case .error: return place
      }
    }
  }
}

/// The fields of a text, row by row.
private struct Fields {
  private let bytes: ArraySlice<UInt8>
  private let separator: UInt8
  private var place: Int
  private var line = 1

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
    // The separator is the first that the first line has.
    let candidates = Set([UInt8](",;\t".utf8))
    let end = bytes.firstIndex(of: 0x0A) ?? bytes.endIndex
    separator = bytes[..<end].first(where: candidates.contains) ?? UInt8(ascii: ",")
  }

  /// The next row, the line on which it begins, and whether its last quotation mark is closed; nil at the
  /// end.
  mutating func next() -> (row: [String], line: Int, isClosed: Bool)? {
    guard place < bytes.endIndex else { return nil }
    let start = line
    var (row, field): ([String], [UInt8]) = ([], [])
    var isQuoted = false
    let quote = UInt8(ascii: "\"")
    func text() -> String {
      let text = String(decoding: field, as: UTF8.self)
      return String(
        text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
    while place < bytes.endIndex {
      let byte = bytes[place]
      place += 1
      if byte == 0x0A || (byte == 0x0D && (place == bytes.endIndex || bytes[place] != 0x0A)) {
        line += 1
      }
      if isQuoted {
        guard byte == quote else {
          field.append(byte)
          continue
        }
        if place < bytes.endIndex, bytes[place] == quote {
          field.append(quote)
          place += 1
        } else {
          isQuoted = false
        }
      } else if byte == quote, field.allSatisfy({ $0 == 0x20 }) {
        isQuoted = true
        field = []
      } else if byte == separator {
        row.append(text())
        field = []
      } else if byte == 0x0A || byte == 0x0D {
        if byte == 0x0D, place < bytes.endIndex, bytes[place] == 0x0A {
          place += 1
          line += 1
        }
        return (row + [text()], start, true)
      } else {
        field.append(byte)
      }
    }
    return (row + [text()], start, !isQuoted)
  }
}
