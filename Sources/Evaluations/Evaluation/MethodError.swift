/// A question that models of a method have no answer to.
public struct MethodError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was to be done, such as `regions`.
  public let subject: String
  public let method: String
  /// What the method lacks.
  public let lacking: String
  /// A method that has it.
  public let example: String

  package init(subject: String, method: String, lacking: String, example: String = "zubov-net") {
    (self.subject, self.method, self.lacking, self.example) = (subject, method, lacking, example)
  }

  public var description: String {
    "\(subject): expected a method with \(lacking), such as \(example), found \(method), which has "
      + "none. `basin evaluate` works for every method."
  }
}
