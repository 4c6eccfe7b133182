import Foundation

/// The exact confidence bounds of a binomial share (Clopper, Pearson 1934): of k successes in n
/// independent trials, the shares p under which a result at least as extreme is not rarer than
/// the given probability of failure.
///
///     P(X ≥ k | n, p) = I_p(k, n - k + 1),
///
/// the regularised incomplete beta function, which grows with p; its inverse is found by bisection,
/// and of the last two candidates the one that is farther from k / n is returned. The function's
/// own rounding, about 1e-10 of its value at n = 100 000, moves the probability of failure as much.
public enum ClopperPearson {
  /// A p that the true share is below with a probability of at most `failure`; one-sided.
  public static func lowerBound(successes: Int, trials: Int, failure: Double) -> Double {
    check(successes, trials, failure)
    if successes == 0 { return 0 }
    if successes == trials { return pow(failure, 1 / Double(trials)) }
    var (lower, upper) = (0.0, Double(successes) / Double(trials))
    while true {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { return lower }
      if upperTail(successes, trials, middle) <= failure { lower = middle } else { upper = middle }
    }
  }

  /// A p that the true share is above with a probability of at most `failure`; one-sided.
  public static func upperBound(successes: Int, trials: Int, failure: Double) -> Double {
    1 - lowerBound(successes: trials - successes, trials: trials, failure: failure)
  }

  /// An interval that misses the true share with a probability of at most `failure`, half of it on
  /// either side.
  public static func interval(
    successes: Int, trials: Int, failure: Double
  ) -> ClosedRange<Double> {
    lowerBound(
      successes: successes, trials: trials, failure: failure / 2)...upperBound(
        successes: successes, trials: trials, failure: failure / 2)
  }

  private static func check(_ successes: Int, _ trials: Int, _ failure: Double) {
    precondition(
      trials > 0 && (0...trials).contains(successes) && failure > 0 && failure < 1,
      "ClopperPearson: \(successes) of \(trials) with failure \(failure)")
  }

  /// P(X ≥ k) of n trials with success probability p, for 0 < k ≤ n.
  private static func upperTail(_ successes: Int, _ trials: Int, _ probability: Double) -> Double {
    incompleteBeta(probability, Double(successes), Double(trials - successes + 1))
  }

  /// I_x(a, b) by its continued fraction, on the side where that converges fast.
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
    let logBeta = lgamma(a) + lgamma(b) - lgamma(a + b)
    return exp(a * log(x) + b * log1p(-x) - logBeta) / a * continuedFraction(x, a, b)
  }

  /// 1 / (1 + d_1 / (1 + d_2 / (1 + ...))) by Lentz's method, with
  /// d_2m = m (b - m) x / ((a + 2m - 1)(a + 2m)) and
  /// d_2m+1 = -(a + m)(a + b + m) x / ((a + 2m)(a + 2m + 1)).
  private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    func nonZero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var (numerator, denominator, result) = (1.0, 0.0, 1.0)
    // About √max(a, b) terms are needed.
    for index in 1...100_000 {
      let m = Double(index / 2)
      let term =
        index % 2 == 0
        ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      denominator = 1 / nonZero(1 + term * denominator)
      numerator = nonZero(1 + term / numerator)
      result *= numerator * denominator
      if abs(numerator * denominator - 1) < 1e-15 { break }
    }
    return 1 / result
  }
}
