import FileFormats

/// What went wrong with a data set: where, what was expected, what was found and what to do.
///
/// Every failure that a user's file, flag or network can cause is one of these; its description is
/// one line fit to be shown as it is.
public struct DatasetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The class of failure; the command line chooses its exit code by it.
  public enum Kind: String, Sendable, CaseIterable {
    /// No data set has this name.
    case unknownDataset
    /// An option is out of its range.
    case invalidOption
    /// The files are in none of the places looked at.
    case missingData
    /// A file is there but is not what its format asks for.
    case malformedData
    /// A file is well formed but its content is not that of the manifest.
    case wrongDigest
    /// The server or what came over the network failed.
    case downloadFailed
    /// No server could be reached; the location is the hosts.
    case unreachable
    /// The program `curl` is not installed.
    case downloadToolMissing
    /// A file could not be read or written, or the disk is full.
    case fileSystem
  }

  /// The class of failure.
  public let kind: Kind
  /// The file, address, option or data set concerned.
  public let location: String
  /// What should have been there.
  public let expected: String
  /// What was there instead.
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

  /// The parts on one line: place, what was expected, what was found, remedy.
  public var description: String {
    let fault = describedFault(at: location, expected: expected, found: found, remedy: remedy)
    return kind == .unreachable ? "could not reach \(fault)" : fault
  }
}
