import Failures

/// Which class each image of a folder is of: a line for each, `FILE TAB CLASS` and whatever follows.
///
/// The format of Tiny-ImageNet's `val_annotations.txt`, whose other columns are a bounding box.
public struct ImageAnnotations: Sendable, Equatable {
  /// Names of files and of their classes, in the order of the lines.
  public let entries: [(file: String, className: String)]

  /// Reads the content of a file.
  ///
  /// - Throws: `Failure` of kind `malformed` that names the line: it has no class, its file
  ///   is no plain name, or has been named before.
  public init(content: [UInt8], location: String) throws(Failure) {
    var entries: [(String, String)] = []
    var seen: Set<[UInt8]> = []
    let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let fields = line.split(
        separator: UInt8(ascii: "\t"), maxSplits: 2, omittingEmptySubsequences: false
      ).map { String(decoding: $0.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self) }
      if fields == [""] { continue }
      func failure(_ expected: String, _ found: String) -> Failure {
        Failure(
          .malformed, at: "\(location), line \(index + 1)", expected: expected, found: found,
          remedy: "The file is damaged or of another kind; unpack the data set again.")
      }
      guard fields.count >= 2, !fields[0].isEmpty, !fields[1].isEmpty else {
        throw failure("a file and a class, with a tab between", "\"\(fields[0].echoed())\"")
      }
      guard !fields[0].contains(where: { $0 == "/" || $0 == "\0" }), fields[0] != ".." else {
        throw failure("the name of a file", "\"\(fields[0].echoed())\"")
      }
      guard seen.insert(Array(fields[0].utf8)).inserted else {
        throw failure("each file once", "\(fields[0].echoed()) again")
      }
      entries.append((fields[0], fields[1]))
    }
    self.entries = entries
  }

  /// Reads a table of names of files and classes, CSV with a line of names or without: the columns `file`
  /// (or `filename`, `image`, `path`, `name`, `id`), else the first, and `label` (or `class`, `target`),
  /// else the last.
  ///
  /// - Throws: `Failure` of kind `malformed` that names the line.
  init(table content: [UInt8], location: String) throws(Failure) {
    let table = try DelimitedTable(content, path: location)
    func column(_ names: [String], else other: Int) -> Int {
      let columns = table.columns.map { $0.lowercased() }
      return names.compactMap(columns.firstIndex).first ?? other
    }
    let file = column(["file", "filename", "image", "path", "name", "id"], else: 0)
    let label = column(["label", "class", "target"], else: table.columns.count - 1)
    var entries: [(String, String)] = []
    var seen: Set<[UInt8]> = []
    for (row, line) in zip(table.rows, table.lines) {
      func failure(_ expected: String, _ found: String) -> Failure {
        Failure(
          .malformed, at: "\(location), line \(line)", expected: expected, found: found,
          remedy: "Write a file and its class in each row.")
      }
      guard !row[file].isEmpty, !row[label].isEmpty else {
        throw failure("a file and a class", "nothing in one of the two columns")
      }
      let parts = row[file].split(separator: "/", omittingEmptySubsequences: false)
      guard parts.allSatisfy({ !["", ".."].contains($0) }), !row[file].contains("\0") else {
        throw failure("a file in the folder", "\"\(row[file].echoed())\"")
      }
      guard seen.insert(Array(row[file].utf8)).inserted else {
        throw failure("each file once", "\(row[file].echoed()) again")
      }
      entries.append((row[file], row[label]))
    }
    self.entries = entries
  }

  /// The classes in their order: that of numbers where all are such, else that of names.
  var classNames: [String] {
    let names = Set(entries.map(\.className))
    let numbers = names.compactMap { Int($0) }
    return numbers.count == names.count
      ? names.sorted { Int($0)! < Int($1)! } : names.sorted()
  }

  public static func == (left: ImageAnnotations, right: ImageAnnotations) -> Bool {
    left.entries.elementsEqual(right.entries, by: ==)
  }
}
