import Foundation

/// The exact confidence bounds of a binomial share (Clopper, Pearson 1934): of k successes in n
/// independent trials, the shares p under which a result at least as extreme is not rarer than
/// the given probability of failure.
///
///     P(X ≥ k | n, p) = I_p(k, n - k + 1),
///
/// the regularised incomplete beta function, which grows with p; its inverse is found by bisection of
/// its logarithm, and of the last two candidates the one that is farther from k / n is returned. The
/// logarithm's own rounding, below 1e-9 at n = 100 000, is taken off that of the failure first, so that
/// the bounds hold in floating point too.
public enum ClopperPearson {
  /// A p that the true share is below with a probability of at most `failure`; one-sided.
  public static func lowerBound(successes: Int, trials: Int, failure: Double) -> Double {
    check(successes, trials, failure)
    if successes == 0 { return 0 }
    let n = Double(trials)
    if successes == trials {
      let logarithm = log(failure) / n
      return exp(logarithm) * (1 + 4 * (logarithm - 1) * 0x1p-53)
    }
    let limit = log(failure) - 16 * (n * log(n) + 10 - log(failure)) * 0x1p-53
    var (lower, upper) = (0.0, Double(successes) / Double(trials))
    while true {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { return lower }
      if logUpperTail(successes, trials, middle) <= limit {
        lower = middle
      } else {
        upper = middle
      }
    }
  }

  /// A p that the true share is above with a probability of at most `failure`; one-sided.
  public static func upperBound(successes: Int, trials: Int, failure: Double) -> Double {
    let complement = lowerBound(
      successes: trials - successes, trials: trials, failure: failure)
    return complement == 0 ? 1 : min((1 - complement).nextUp, 1)
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

  /// ln P(X ≥ k) of n trials with success probability p, for 0 < k ≤ n.
  private static func logUpperTail(
    _ successes: Int, _ trials: Int, _ probability: Double
  ) -> Double {
    logIncompleteBeta(probability, Double(successes), Double(trials - successes + 1))
  }

  /// ln I_x(a, b) by its continued fraction, on the side where that converges fast.
  private static func logIncompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return -.infinity }
    if x >= 1 { return 0 }
    if x > (a + 1) / (a + b + 2) { return log1p(-exp(logIncompleteBeta(1 - x, b, a))) }
    let logBeta = lgamma(a) + lgamma(b) - lgamma(a + b)
    return a * log(x) + b * log1p(-x) - logBeta + log(continuedFraction(x, a, b) / a)
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
