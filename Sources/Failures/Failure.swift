/// What went wrong with something that a user gave or asked for: where, what was expected, what was
/// found and what to do.
///
/// Whatever a file, a flag, a configuration, the network or the disk can cause is one of these; its
/// description is one line fit to be shown as it is.
public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of failure; the command line chooses its exit code by it.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Nothing has this name.
    case unknownName
    /// An option is out of its range, or two options do not go together.
    case invalidOption
    /// A file, or a piece of what is asked for, is not there or cannot be read.
    case missing
    /// A file is there but is not what its format asks for.
    case malformed
    /// A file is of another format, which is known.
    case otherFormat
    /// A file is well formed but its content is not that of the manifest.
    case wrongDigest
    /// Data are well formed but of no use for what is asked: numbers that are not read, images of another
    /// size, other samples, a problem without a solution.
    case unsuitable
    /// The server or what came over the network failed.
    case downloadFailed
    /// No server could be reached; the location is the hosts.
    case unreachable
    /// A program that is needed is not installed.
    case toolMissing
    /// Another process is at work there.
    case inUse
    /// Something is there that would be replaced.
    case alreadyExists
    /// A file or folder could not be read or written, or the disk is full.
    case fileSystem
  }

  /// The class of failure.
  public let kind: Kind
  /// The file, address, option or data concerned.
  public let location: String
  /// What should have been there.
  public let expected: String
  /// What was there instead.
  public let found: String
  /// What the user can do, as a sentence.
  public let remedy: String

  /// Creates a failure from its parts; each is a phrase without a full stop except the remedy.
  public init(
    _ kind: Kind = .malformed, at location: String, expected: String, found: String, remedy: String
  ) {
    self.kind = kind
    self.location = location
    self.expected = expected
    self.found = found
    self.remedy = remedy
  }

  /// The same finding in the words of whoever knows what it means for the user.
  public func restated(
    _ kind: Kind? = nil, at location: String? = nil, expected: String? = nil, remedy: String? = nil
  ) -> Failure {
    Failure(
      kind ?? self.kind, at: location ?? self.location, expected: expected ?? self.expected,
      found: found, remedy: remedy ?? self.remedy)
  }

  /// The parts on one line: place, what was expected, what was found, remedy. Each may hold what a file
  /// or a user wrote, so each is echoed.
  public var description: String {
    let parts = [location, expected, found, remedy].map { $0.echoed(limit: 1000) }
    let line = "\(parts[0]): expected \(parts[1]), found \(parts[2]). \(parts[3])"
    return kind == .unreachable ? "could not reach \(line)" : line
  }
}
