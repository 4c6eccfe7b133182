/// Variables of the environment that do not say where a process belongs.
public struct LaunchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The variable.
  public let location: String
  public let expected: String
  public let found: String
  public let remedy: String

  init(at location: String, expected: String, found: String?, remedy: String) {
    self.location = location
    self.expected = expected
    self.found = found.map { "'\($0)'" } ?? "nothing"
    self.remedy = remedy
  }

  public var description: String { "\(location): expected \(expected), found \(found). \(remedy)" }
}
