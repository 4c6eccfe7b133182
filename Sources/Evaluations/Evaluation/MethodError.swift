/// A question that models of a method have no answer to.
package struct MethodError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was to be done, such as `regions`.
  package let subject: String
  package let method: String
  /// What the method lacks.
  package let lacking: String
  /// A method that has it.
  package let example: String
  /// What answers a like question for every method.
  package let alternative: String

  package init(
    subject: String, method: String, lacking: String, example: String = "zubov-net",
    alternative: String = "basin evaluate"
  ) {
    (self.subject, self.method, self.lacking) = (subject, method, lacking)
    (self.example, self.alternative) = (example, alternative)
  }

  package var description: String {
    "\(subject): expected a method with \(lacking), such as \(example), found \(method), which has "
      + "none. `\(alternative)` works for every method."
  }
}
