/// What points or settings cannot be embedded, in one line: where, what was expected, what was found
/// and what to do.
public struct EmbeddingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The setting or data concerned.
  public let location: String
  public let expected: String
  public let found: String
  /// What the user can do, as a sentence.
  public let remedy: String

  /// Creates an error from its parts; each is a phrase without a full stop except the remedy.
  public init(at location: String, expected: String, found: String, remedy: String) {
    self.location = location
    self.expected = expected
    self.found = found
    self.remedy = remedy
  }

  public var description: String { "\(location): expected \(expected), found \(found). \(remedy)" }
}
