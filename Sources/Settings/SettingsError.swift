/// A setting that cannot be used.
public struct SettingsError: Error, CustomStringConvertible, Hashable {
  /// Its key, below `model`.
  public let setting: String
  /// What it can be.
  public let expected: String
  /// What it is.
  public let found: String

  /// An error of one setting.
  public init(setting: String, expected: String, found: String) {
    self.setting = setting
    self.expected = expected
    self.found = found
  }

  /// Throws an error that names a setting unless a condition on it holds.
  package static func require(
    _ holds: Bool, _ setting: String, _ expected: String, _ found: Any
  ) throws {
    if !holds { throw SettingsError(setting: setting, expected: expected, found: "\(found)") }
  }

  /// Runs `body` and puts the name of the group of settings it reads, if they are one, before that of a
  /// setting that it refuses.
  package static func within<Result>(
    _ group: String?, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as SettingsError {
      guard let group else { throw error }
      throw SettingsError(
        setting: "\(group).\(error.setting)", expected: error.expected, found: error.found)
    }
  }

  public var description: String { "model.\(setting): expected \(expected), found \(found)" }
}
