import Failures

/// What is wrong with a formula, and where.
public struct FormulaError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The formula.
  public let source: String
  /// Of the first character that is wrong, from 1; one more than there are where the end is.
  public let column: Int
  /// What was expected and what was found.
  public let problem: String
  public let remedy: String?

  /// One line: where, what and what to do.
  public var description: String {
    "column \(column) of '\(source.echoed())': \(problem)" + (remedy.map { ". \($0)" } ?? "")
  }
}
