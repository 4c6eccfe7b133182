import ArgumentParser
import Settings

extension SettingRange {
  /// Of a data set, from the first on: all where there are fewer.
  static let samples = integers(1...1_000_000_000)
  /// Weights and lengths in the units of data, whatever those are.
  static let anyPositive = positive(upTo: .greatestFiniteMagnitude)
  static let anyLength = numbers(0 ... .greatestFiniteMagnitude)
  /// More are of no use on any machine, and some systems refuse to start them.
  static let threads = integers(1...1024)

  /// Refuses a number that an option cannot be; what is nil was not given.
  ///
  /// - Throws: `ValidationError`.
  func require(_ option: String, _ value: Int?) throws {
    guard let value, !contains(Double(value)) else { return }
    throw ValidationError("\(option): expected \(expectation), found \(value)")
  }

  func require(_ option: String, _ value: Double?) throws {
    guard let value, !contains(value) else { return }
    throw ValidationError("\(option): expected \(expectation), found \(value)")
  }
}
