/// Why a run cannot be started, opened or continued: where, what was expected, what was found and
/// what to do.
public struct RunError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of failure; the command line chooses its exit code by it.
  public enum Kind: String, Sendable, CaseIterable {
    /// A new run would replace what is there.
    case alreadyExists
    /// There is no run, or a piece of it is missing.
    case missing
    /// A file of the run is not what it should be.
    case malformed
    /// A file or folder cannot be read or written.
    case fileSystem
    /// Another process is training this run.
    case inUse
  }

  public let kind: Kind
  /// The file or folder concerned.
  public let path: String
  public let expected: String
  public let found: String
  /// What the user can do, as a sentence.
  public let remedy: String

  public init(
    _ kind: Kind, at path: String, expected: String, found: String, remedy: String
  ) {
    self.kind = kind
    self.path = path
    self.expected = expected
    self.found = found
    self.remedy = remedy
  }

  /// The parts on one line.
  public var description: String {
    "\(path): expected \(expected), found \(found.excerpt()). \(remedy)"
  }
}
