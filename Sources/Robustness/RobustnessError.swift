/// What a request for an evaluation got wrong: where, what was expected, what was found and what to
/// do.
///
/// Every mistake that a user's flag, configuration or data can make is one of these; its
/// description is one line fit to be shown as it is.
public struct RobustnessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of mistake; the command line chooses its exit code by it.
  public enum Kind: String, Sendable, CaseIterable {
    /// A perturbation budget is not a number in its range.
    case invalidBudget
    /// No attack, corruption or suite has this name.
    case unknownName
    /// An option is out of its range, or two options do not go together.
    case invalidOption
    /// Images or labels are not what a classifier can be evaluated on.
    case invalidData
    /// Two results do not describe the same samples.
    case differentSamples
  }

  public let kind: Kind
  /// The option or data concerned.
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

  /// The parts on one line: place, what was expected, what was found, remedy.
  public var description: String {
    "\(location): expected \(expected), found \(found). \(remedy)"
  }
}
