import FileFormats

/// A file that was given to a command and is not what it should be: where, what was expected, what
/// was found and what to do.
public struct InputError: Error, Hashable, Sendable, CustomStringConvertible {
  public let location: String
  public let expected: String
  public let found: String
  /// What the user can do, as a sentence.
  public let remedy: String

  public init(at location: String, expected: String, found: String, remedy: String) {
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

/// A question that models of a method have no answer to.
public struct MethodError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was to be done, such as `regions`.
  public let subject: String
  public let method: String
  /// What the method lacks.
  public let lacking: String
  /// A method that has it.
  public var example = "zubov-net"

  public var description: String {
    "\(subject): expected a method with \(lacking), such as \(example), found \(method), which has "
      + "none. `basin evaluate` works for every method."
  }
}
