import FileFormats

/// Why a model file cannot be used: the file, what was expected, what was found and what to do.
public struct TorchScriptError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of failure.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The file is of another format, or is damaged.
    case malformed
    /// The model is no classifier of the images that it was given.
    case unsuitable
  }

  public let kind: Kind
  public let path: String
  public let expected: String
  public let found: String
  /// What the user can do, as a sentence.
  public let remedy: String

  init(_ kind: Kind, at path: String, expected: String, found: String, remedy: String) {
    self.kind = kind
    self.path = path
    self.expected = expected
    self.found = found
    self.remedy = remedy
  }

  /// The parts on one line.
  public var description: String {
    describedFault(at: path, expected: expected, found: found, remedy: remedy)
  }
}
