import Foundation
import Tensors

/// A matrix of numbers as text: a row a line, numbers separated by commas, semicolons or blanks;
/// empty lines and lines that start with # are skipped.
public struct DelimitedText: Sendable {
  /// [rows, columns], float64.
  public let tensor: Tensor

  /// Reads a file.
  ///
  /// - Throws: `SparseRecoveryError` if it is missing, has something else than numbers, or lines
  ///   of different lengths.
  public init(contentsOf path: String) throws(SparseRecoveryError) {
    try self.init(String(decoding: contents(of: path), as: UTF8.self), path: path)
  }

  public init(_ text: String, path: String = "text") throws(SparseRecoveryError) {
    func malformed(_ line: Int, _ expected: String, _ found: String) -> SparseRecoveryError {
      SparseRecoveryError(
        .malformedData, at: "\(path), line \(line)", expected: expected, found: found,
        remedy: "Write a row a line, with the same number of numbers in each.")
    }
    var values: [Double] = []
    var width: Int?
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let fields = line.split { ",;".contains($0) || $0.isWhitespace }
      guard let first = fields.first, !first.hasPrefix("#") else { continue }
      for field in fields {
        guard let value = Double(field) else {
          throw malformed(index + 1, "a number", "'\(field.prefix(40))'")
        }
        values.append(value)
      }
      if let width, fields.count != width {
        throw malformed(index + 1, "\(width) numbers as in the lines before", "\(fields.count)")
      }
      width = fields.count
    }
    guard let width else { throw malformed(1, "numbers", "none") }
    tensor = Tensor(values, shape: [values.count / width, width])
  }
}
