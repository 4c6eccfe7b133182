import Failures
import Foundation

/// What the classes of a folder are called: a line for each, `NAME TAB WORDS`, the words separated by
/// commas, as in ImageNet's `words.txt`.
struct ClassTitles {
  private var words: [String: String] = [:]

  /// Reads `words.txt`, or a `wnids*.txt` with words, of the folder; none if there is none.
  ///
  /// - Throws: `Failure` of kind `fileSystem` or `malformed` if it cannot be read.
  init(in folder: URL) throws(Failure) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let name =
      names.contains("words.txt")
      ? "words.txt" : names.sorted().first { $0.hasPrefix("wnids") && $0.hasSuffix(".txt") }
    let path = name.map { folder.appendingPathComponent($0) }
    self.init(
      content: try path.map { (path) throws(Failure) in
        try FileContent(of: path, limit: 1 << 26).bytes
      } ?? [])
  }

  /// Reads lines; those without a tab say nothing.
  init(content: [UInt8]) {
    for line in content.split(separator: UInt8(ascii: "\n")) {
      guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { continue }
      let text = String(decoding: line[(tab + 1)...], as: UTF8.self)
      words[String(decoding: line[..<tab], as: UTF8.self)] =
        text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  /// The first of each class's words, with its name where another class has the same; the name where
  /// there are no words.
  func titles(of classes: [String]) -> [String] {
    let first = classes.map { name in
      words[name].flatMap { $0.split(separator: ",").first }.map(String.init) ?? name
    }
    let counts = first.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return zip(classes, first).map { counts[$1]! > 1 && $0 != $1 ? "\($1) (\($0))" : $1 }
  }
}
