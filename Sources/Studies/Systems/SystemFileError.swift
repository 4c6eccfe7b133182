import Evaluations
import Failures
import Runs
import Verification

/// What is wrong with the file of a dynamical system: where, what was expected, what was found.
public struct SystemFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, with the line where one is known.
  public let location: String
  /// What was expected there and what was found, in a sentence.
  public let problem: String
  /// Whether there is no file to read.
  public let isMissing: Bool

  init(_ location: String, _ problem: String, isMissing: Bool = false) {
    self.location = location
    self.problem = problem
    self.isMissing = isMissing
  }

  /// What the reader of YAML says of the file.
  init(_ error: ConfigurationError, path: String) {
    switch error {
    case .malformed(let origin, let expected, let found):
      self.init(origin, "expected \(expected), found \(found.echoed(limit: 120))")
    case .unreadable(_, let reason):
      self.init(
        path,
        "expected the file of a dynamical system, found: \(reason). Documentation/Verification.md says "
          + "what is in one.", isMissing: true)
    case .unknownKey, .invalidValue, .changed: self.init(path, "\(error)")
    }
  }

  /// One line.
  public var description: String { "\(location.echoed(limit: 1000)): \(problem)" }
}
