import Datasets
import Foundation
import Runs
import Tensors

/// A setting that a sweep varies, and the values it takes.
package struct Variation: Hashable, Sendable {
  /// What a setting can be in a sweep.
  package enum Values: Hashable, Sendable {
    /// Each of these.
    case list([ConfigurationTree])
    /// Integers of an interval, equally likely, or their logarithms are.
    case integers(ClosedRange<Int>, isLogarithmic: Bool)
    /// Numbers of an interval, equally likely, or their logarithms are.
    case numbers(ClosedRange<Double>, isLogarithmic: Bool)
  }

  package let path: [String]
  package let values: Values
  /// As the user wrote it, for errors.
  package let origin: String

  /// The dotted key.
  package var key: String { path.joined(separator: ".") }

  /// Reads `KEY=VALUE,VALUE,...`, each value in YAML, or `KEY=LOW..HIGH`, with `:log` behind it where
  /// the logarithms are to be spread evenly.
  ///
  /// - Throws: `ConfigurationError` of kind `malformed`.
  package init(_ argument: String) throws(ConfigurationError) {
    let origin = "--vary \(argument)"
    func refusal(_ expected: String) -> ConfigurationError {
      .malformed(origin: origin, expected: expected, found: "'\(argument)'")
    }
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].allSatisfy(\.isWhitespace) else {
      throw refusal(
        "KEY=VALUE,VALUE or KEY=LOW..HIGH, such as training.learningRate=1e-4..1e-2:log")
    }
    let key = String(parts[0])
    self.origin = origin
    path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if let match = parts[1].wholeMatch(of: /\s*([^,\[\]\s]+?)\.\.([^,\[\]\s]+?)(:log)?\s*/) {
      guard let values = Self.interval(match.1, match.2, isLogarithmic: match.3 != nil) else {
        throw refusal(
          "numbers LOW..HIGH, the first less than the second, and above 0 where their logarithms are "
            + "spread (:log)")
      }
      self.values = values
    } else {
      let overrides: [ConfigurationOverride]
      do {
        overrides = try ConfigurationOverride.setting("\(key)=[\(parts[1])]")
      } catch {
        throw refusal("KEY=VALUE,VALUE, each value in YAML")
      }
      guard overrides.count == 1, case .list(let elements) = overrides[0].value,
        !elements.isEmpty
      else { throw refusal("KEY=VALUE,VALUE, each value in YAML") }
      values = .list(elements)
    }
  }

  private static func interval(
    _ low: Substring, _ high: Substring, isLogarithmic: Bool
  ) -> Values? {
    if let low = Int(low), let high = Int(high) {
      guard low < high, !isLogarithmic || low > 0, high - low < 1 << 52 else { return nil }
      return .integers(low...high, isLogarithmic: isLogarithmic)
    }
    guard let low = Double(low), let high = Double(high), low < high, (high - low).isFinite,
      !isLogarithmic || low > 0
    else { return nil }
    return .numbers(low...high, isLogarithmic: isLogarithmic)
  }

  /// Whether the logarithms of an interval are spread evenly.
  var isLogarithmic: Bool {
    switch values {
    case .list: false
    case .integers(_, let isLogarithmic), .numbers(_, let isLogarithmic): isLogarithmic
    }
  }

  /// The values of a list; nil for an interval, whose values can only be drawn.
  var listed: [ConfigurationTree]? {
    if case .list(let values) = values { values } else { nil }
  }

  /// The value of a trial of a random sweep: a function of the seed, the key and the trial alone.
  func draw(seed: UInt64, trial: Int) -> ConfigurationTree {
    var generator = SplitMix64(seed: seed, stream: "sweep \(key)", index: trial)
    let unit = generator.nextUnit()
    func spread(_ range: ClosedRange<Double>, _ isLogarithmic: Bool) -> Double {
      guard isLogarithmic else {
        return range.lowerBound + unit * (range.upperBound - range.lowerBound)
      }
      return range.lowerBound * pow(range.upperBound / range.lowerBound, unit)
    }
    switch values {
    case .list(let values): return values[min(values.count - 1, Int(unit * Double(values.count)))]
    case .integers(let range, let isLogarithmic):
      // Each integer has the interval from itself to the next.
      let value = spread(
        Double(range.lowerBound)...Double(range.upperBound) + 1, isLogarithmic)
      return .integer(min(range.upperBound, Int(value)))
    case .numbers(let range, let isLogarithmic):
      // More digits would say nothing, and would have to be typed to try the value again.
      let value = spread(range, isLogarithmic)
      let short = Double(String(format: "%.4g", value)) ?? value
      return .number(min(max(short, range.lowerBound), range.upperBound))
    }
  }
}
