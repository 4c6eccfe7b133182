import FileFormats

/// Why a NumPy file cannot be read: the file, what was expected, what was found and what to do.
public struct NumPyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of failure.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// There is no such file.
    case missingFile
    /// The file cannot be read.
    case unreadableFile
    /// The file is of another format, or is damaged.
    case malformed
    /// The elements are no real numbers that can be read.
    case unsupportedType
  }

  public let kind: Kind
  /// The file's path, or `bytes` for bytes in memory.
  public let path: String
  public let expected: String
  public let found: String
  /// What the user can do, as a sentence.
  public let remedy: String

  init(
    _ kind: Kind, path: String, expected: String, found: String,
    remedy: String = "The file is damaged: write it again with numpy.save."
  ) {
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
