import FileFormats

/// What a request for a sparse solution got wrong: where, what was expected, what was found and
/// what to do.
public struct SparseRecoveryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of mistake; the command line chooses its exit code by it.
  public enum Kind: String, Sendable, CaseIterable {
    /// An option is out of its range, or two options do not go together.
    case invalidOption
    /// There is no such file.
    case missingFile
    /// A file is not what its name says, or a matrix and its measurements do not fit.
    case malformedData
    /// No point meets the constraint.
    case infeasible
    /// A solution is not a number, or too large or too small for one.
    case unrepresentable
    /// A file cannot be written.
    case fileSystem
  }

  public let kind: Kind
  /// The option, file or tensor concerned.
  public let location: String
  public let expected: String
  public let found: String
  /// What the user can do, as a sentence.
  public let remedy: String

  /// Creates an error from its parts; each is a phrase without a full stop except the remedy.
  public init(
    _ kind: Kind, at location: String, expected: String, found: String, remedy: String
  ) {
    self.kind = kind
    self.location = location
    self.expected = expected
    self.found = found
    self.remedy = remedy
  }

  /// The parts on one line.
  public var description: String {
    describedFault(at: location, expected: expected, found: found, remedy: remedy)
  }
}
