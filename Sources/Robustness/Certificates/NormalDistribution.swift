import Foundation

/// The standard normal distribution.
public enum NormalDistribution {
  /// Φ(x), the probability of a value up to x.
  public static func cumulative(_ x: Double) -> Double { erfc(-x * 0.5.squareRoot()) / 2 }

  /// A number below Φ⁻¹(p) by no more than its rounding, for p in (0, 1).
  public static func quantileLowerBound(_ probability: Double) -> Double {
    let x = quantile(probability)
    return x - 32 * (1 + abs(x)) * 0x1p-53
  }

  /// Φ⁻¹(p): the x that a value does not exceed with probability p, by bisection of Φ until the
  /// floating-point numbers are exhausted; its error is Φ's, a few units in the last place.
  ///
  /// - Parameter probability: p in [0, 1]; ∓∞ at the ends.
  public static func quantile(_ probability: Double) -> Double {
    precondition((0...1).contains(probability), "quantile(\(probability))")
    if probability == 0 { return -.infinity }
    if probability == 0.5 { return 0 }
    // In the upper half 1 - p is exact, and the lower tail keeps all of its digits.
    if probability > 0.5 { return -quantile(1 - probability) }
    var (lower, upper) = (-40.0, 0.0)
    while true {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { return upper }
      if cumulative(middle) < probability { lower = middle } else { upper = middle }
    }
  }
}
