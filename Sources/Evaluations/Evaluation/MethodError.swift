/// A question that models of a method have no answer to.
package struct MethodError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was to be done, such as `regions`.
  package let subject: String
  package let method: String
  /// What the method lacks.
  package let lacking: String
  /// A method that has it.
  package let example: String

  package init(subject: String, method: String, lacking: String, example: String = "zubov-net") {
    (self.subject, self.method, self.lacking, self.example) = (subject, method, lacking, example)
  }

  package var description: String {
    "\(subject): expected a method with \(lacking), such as \(example), found \(method), which has "
      + "none. `basin evaluate` works for every method."
  }
}
