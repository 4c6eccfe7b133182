/// Why processes cannot go on together.
public struct DistributedError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, as whoever catches it may have to tell apart.
  public enum Kind: Hashable, Sendable {
    /// This build has no Gloo.
    case unavailable
    /// Not all processes met within the timeout.
    case rendezvous
    /// An exchange failed: a process has ended, or has not answered within the timeout.
    case lost
    /// The processes do not hold what they should hold alike.
    case disagreement
    /// Something that a group of processes cannot do.
    case unsupported
  }

  /// What went wrong.
  public let kind: Kind
  /// What the group needed.
  public let expected: String
  /// What it had, or what was reported, instead.
  public let found: String
  /// What to do about it, a sentence or more.
  public let remedy: String

  /// An error in the words of its message: "expected ..., found .... ..."
  public init(_ kind: Kind, expected: String, found: String, remedy: String) {
    self.kind = kind
    self.expected = expected
    self.found = found
    self.remedy = remedy
  }

  public var description: String { "expected \(expected), found \(found). \(remedy)" }

  /// That this build cannot make a group of so many processes.
  public static func withoutGloo(processes: Int) -> DistributedError {
    DistributedError(
      .unavailable, expected: "a build with Gloo for \(processes) processes",
      found: "one without its headers",
      remedy: "Install libgloo-dev (Tools/setup does where it can) and build again, or use one "
        + "process.")
  }

  static func lost(_ reason: String) -> DistributedError {
    DistributedError(
      .lost, expected: "an answer of every process", found: "none (\(reason))",
      remedy: "A process has ended or hangs: see its own message.")
  }
}
