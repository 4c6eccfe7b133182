import Failures
import Files
import Tensors

/// A matrix of numbers as text: a row a line, numbers separated by commas, semicolons or blanks, in
/// quotation marks or not; empty lines and lines that start with # are skipped.
///
/// A byte-order mark of UTF-8 is passed over. Between two commas, and behind the last one, there has
/// to be a number. A line has commas or semicolons, not both: where both occur, one of them is likely to
/// be a decimal comma.
public struct DelimitedText: Sendable {
  /// [rows, columns], float64.
  public let tensor: Tensor

  /// Reads a file.
  ///
  /// - Throws: `Failure` if it is missing, has something else than numbers, or lines
  ///   of different lengths.
  public init(contentsOf path: String) throws(Failure) {
    try self.init(content: ProblemFile.content(of: path), path: path)
  }

  /// Reads text.
  ///
  /// - Throws: `Failure` that names `path` and the line, as of a file.
  public init(_ text: String, path: String = "text") throws(Failure) {
    try self.init(content: Array(text.utf8), path: path)
  }

  /// Reads the bytes of a file; nothing about them is trusted.
  ///
  /// - Throws: `Failure` that names `path` and the line.
  public init(content: [UInt8], path: String = "text") throws(Failure) {
    func malformed(
      _ line: Int?, _ expected: String, _ found: String,
      remedy: String = "Write a row a line, with the same number of numbers in each."
    ) -> Failure {
      Failure(
        .malformed, at: line.map { "\(path), line \($0)" } ?? path, expected: expected,
        found: found, remedy: remedy)
    }
    if let foreign = Self.foreignEncoding(of: content) {
      throw malformed(nil, "text in UTF-8", foreign, remedy: "Save it as CSV in UTF-8.")
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var rest = content.starts(with: mark) ? content.dropFirst(3) : content[...]
    var (values, line, width): ([Double], Int, Int?) = ([], 0, nil)
    while !rest.isEmpty {
      let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? rest.endIndex
      let row = rest[..<end]
      let isPair = rest[end...].starts(with: [0x0D, 0x0A])
      rest = rest[min(end + (isPair ? 2 : 1), rest.endIndex)...]
      line += 1
      let count = values.count
      do throws(DelimitedLine.Fault) {
        try DelimitedLine(row).append(to: &values)
      } catch {
        throw malformed(line, error.expected, error.found, remedy: error.remedy)
      }
      guard values.count > count else { continue }
      if let width, values.count - count != width {
        throw malformed(line, "\(width) numbers as in the lines before", "\(values.count - count)")
      }
      width = values.count - count
    }
    guard let width else { throw malformed(1, "numbers", "none") }
    tensor = Tensor(values, shape: [values.count / width, width])
  }

  /// What other programs write in the place of UTF-8.
  private static func foreignEncoding(of content: [UInt8]) -> String? {
    if content.starts(with: [0xFF, 0xFE]) || content.starts(with: [0xFE, 0xFF]) {
      return "UTF-16"
    }
    return FileKind(of: content)?.rawValue
  }
}
