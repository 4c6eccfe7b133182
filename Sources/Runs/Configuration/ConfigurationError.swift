import Failures

/// A configuration that cannot be used: where, what was expected, what was found and what to do.
public enum ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No setting has this key; `similar` is the nearest that there is.
  case unknownKey(String, origin: String, similar: String?)
  /// A value is of another type than the setting, or out of its range. `origin` is the flag, or the
  /// file and line, that it came from; nil for a default.
  case invalidValue(key: String, origin: String?, expected: String, found: String)
  /// A file cannot be read.
  case unreadable(path: String, reason: String)
  /// A text is not a configuration at all.
  case malformed(origin: String, expected: String, found: String)
  /// A run was to be resumed with another configuration.
  case changed(run: String, differences: [ConfigurationDifference])

  public var description: String {
    switch self {
    case .unknownKey(let key, let origin, let similar):
      "\(origin.echoed(limit: 1000)): there is no key '\(key.echoed(limit: 120))'. "
        + (similar.map { "Did you mean \($0)?" }
          ?? "The config.yaml of any run lists all of them.")
    case .invalidValue(let key, let origin, let expected, let found):
      "\(origin.map { "\($0.echoed(limit: 1000)): " } ?? "")\(key): expected \(expected), found \(found.echoed(limit: 120))"
    case .unreadable(let path, let reason):
      "\(path): expected a readable configuration file, found: \(reason). "
        + "Check the path and that you may read it."
    case .malformed(let origin, let expected, let found):
      "\(origin.echoed(limit: 1000)): expected \(expected), found \(found.echoed(limit: 120))"
    case .changed(let run, let differences):
      "\(run): a run resumes with its own configuration, found other values:\n"
        + differences.map {
          "  \($0.key): \($0.other) in the run, \($0.value) asked for\n"
        }.joined()
        + "Leave these out to resume, or start another run with --out."
    }
  }
}

/// A setting in which two configurations differ.
public struct ConfigurationDifference: Hashable, Sendable {
  /// The dotted key.
  public let key: String
  /// The value, as YAML, in the configuration that was asked; `absent` if it lacks the key.
  public let value: String
  /// The value in the other configuration.
  public let other: String

  /// Creates a difference at a dotted key, both values as YAML.
  public init(key: String, value: String, other: String) {
    self.key = key
    self.value = value
    self.other = other
  }
}
