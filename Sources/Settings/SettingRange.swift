/// The numbers that a setting can be, each of them in the case of a list. All are finite.
///
/// Every bound has a reason: below the lower one nothing is meant; above the upper one nobody has
/// meant it, and sizes would overflow when they are multiplied.
public struct SettingRange: Hashable, Sendable {
  let lower: Double
  let upper: Double
  /// Whether a bound itself is no value.
  let isOpenBelow: Bool
  let isOpenAbove: Bool
  /// Whether only whole numbers are meant.
  let isIntegral: Bool

  /// The whole numbers of a range.
  public static func integers(_ range: ClosedRange<Int>) -> SettingRange {
    SettingRange(
      lower: Double(range.lowerBound), upper: Double(range.upperBound), isOpenBelow: false,
      isOpenAbove: false, isIntegral: true)
  }

  /// The numbers from `lower` to `upper`, with both.
  public static func numbers(_ range: ClosedRange<Double>) -> SettingRange {
    SettingRange(
      lower: range.lowerBound, upper: range.upperBound, isOpenBelow: false, isOpenAbove: false,
      isIntegral: false)
  }

  /// The numbers above 0, up to `upper`.
  public static func positive(upTo upper: Double = 1e6) -> SettingRange {
    above(0, upTo: upper)
  }

  /// The numbers above `lower`, up to `upper`.
  public static func above(_ lower: Double, upTo upper: Double = 1e6) -> SettingRange {
    SettingRange(
      lower: lower, upper: upper, isOpenBelow: true, isOpenAbove: false, isIntegral: false)
  }

  /// Widths of layers and other extents of tensors: products of three of them can be counted.
  public static let width = integers(1...65_536)
  /// Dimensions of features and states, which may be all pixels of many maps.
  public static let dimension = integers(1...1 << 22)
  /// Draws, points and samples of a step.
  public static let count = integers(0...1_000_000)
  /// Factors above 0.
  public static let positive = positive()
  /// Factors of what 0 leaves out.
  public static let weight = numbers(0...1e6)
  /// [0, 1].
  public static let share = numbers(0...1)
  /// [0, 1).
  public static let shareBelowOne = SettingRange(
    lower: 0, upper: 1, isOpenBelow: false, isOpenAbove: true, isIntegral: false)
  /// (0, 1).
  public static let innerShare = SettingRange(
    lower: 0, upper: 1, isOpenBelow: true, isOpenAbove: true, isIntegral: false)
  /// (0, 1].
  public static let positiveShare = positive(upTo: 1)

  /// A list has at most so many numbers.
  public static let longestList = 1000

  /// Whether a number is one of these.
  public func contains(_ value: Double) -> Bool {
    (isOpenBelow ? value > lower : value >= lower) && (isOpenAbove ? value < upper : value <= upper)
      && (!isIntegral || value == value.rounded())
  }

  /// Whether the upper bound is one that somebody could meet.
  var isTelling: Bool { upper < 1e4 }

  /// As in a sentence behind "expected".
  public var expectation: String {
    switch (isOpenBelow, isOpenAbove) {
    case (false, false):
      "\(isIntegral ? "an integer" : "a number") from \(Self.text(lower)) to \(Self.text(upper))"
    case (true, false) where upper == .greatestFiniteMagnitude: "a number above \(Self.text(lower))"
    case (true, false):
      "a number above \(Self.text(lower)), up to \(Self.text(upper))"
    default: "a number in \(self)"
    }
  }

  private static func text(_ bound: Double) -> String {
    if bound == .greatestFiniteMagnitude { return "∞" }
    return Int(exactly: bound).map { "\($0)" } ?? "\(bound)"
  }
}

extension SettingRange: CustomStringConvertible {
  /// As an interval, such as `(0, 1]`.
  public var description: String {
    "\(isOpenBelow ? "(" : "[")\(Self.text(lower)), \(Self.text(upper))\(isOpenAbove || upper == .greatestFiniteMagnitude ? ")" : "]")"
  }
}
