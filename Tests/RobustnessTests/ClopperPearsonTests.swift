import Foundation
import Robustness
import Testing

@Suite("Exact binomial bounds")
struct ClopperPearsonTests {
  private func expect(
    _ value: Double, _ expected: Double, within share: Double = 1e-9,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(abs(value - expected) <= share * abs(expected), sourceLocation: sourceLocation)
  }

  /// scipy 1.17: beta.ppf(α, k, n - k + 1) and beta.ppf(1 - α, k + 1, n - k).
  @Test(
    "Bounds are scipy's quantiles of the beta distribution",
    arguments: [
      (1, 10, 0.05, 0.005116196891823701, 0.39416330243650466),
      (7, 10, 0.05, 0.39337578389458766, 0.9127355660858496),
      (99, 100, 0.001, 0.9113731112960424, 0.999989995046714),
      (9990, 10000, 0.001, 0.9975883080325683, 0.999703858522358),
      (50600, 100_000, 0.001, 0.5011089921420735, 0.5108902027495401),
      (99_999, 100_000, 0.001, 0.9999076696662654, 0.9999999899949967),
      (3, 100_000, 0.001, 1.905351014095313e-06, 0.0001306158361956854),
    ])
  func quantiles(_ k: Int, _ n: Int, _ failure: Double, _ lower: Double, _ upper: Double) {
    expect(ClopperPearson.lowerBound(successes: k, trials: n, failure: failure), lower)
    expect(ClopperPearson.upperBound(successes: k, trials: n, failure: failure), upper)
    let interval = ClopperPearson.interval(successes: k, trials: n, failure: 2 * failure)
    expect(interval.lowerBound, lower)
    expect(interval.upperBound, upper)
  }

  @Test("Where all trials agree the bounds are powers of the failure", arguments: [1, 10, 100_000])
  func unanimous(_ n: Int) {
    let bound = ClopperPearson.lowerBound(successes: n, trials: n, failure: 0.001)
    expect(bound, exp(log(0.001) / Double(n)), within: 1e-14)
    let complement = ClopperPearson.upperBound(successes: 0, trials: n, failure: 0.001)
    #expect(abs(complement - (1 - bound)) <= 1e-15)
    #expect(ClopperPearson.lowerBound(successes: 0, trials: n, failure: 0.001) == 0)
    #expect(ClopperPearson.upperBound(successes: n, trials: n, failure: 0.001) == 1)
  }

  @Test("At the lower bound p, results of k and more have the probability of failure, by summation")
  func coverage() {
    for (k, n) in [(3, 8), (15, 20), (40, 41)] {
      let p = ClopperPearson.lowerBound(successes: k, trials: n, failure: 0.02)
      let tail = (k...n).reduce(0.0) { sum, i in
        let choices = (0..<i).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
        return sum + choices * pow(p, Double(i)) * pow(1 - p, Double(n - i))
      }
      expect(tail, 0.02)
    }
  }

  /// Of two trials that agree the bound is √α, and α is at least its square, as fused arithmetic has it.
  @Test("Rounding makes bounds wider, never narrower")
  func soundness() {
    for index in 1..<2000 {
      let failure = Double(index) / 2003
      let p = ClopperPearson.lowerBound(successes: 2, trials: 2, failure: failure)
      let square = p * p
      let rest = (-square).addingProduct(p, p)
      #expect(square < failure || (square == failure && rest <= 0))
      #expect(p > failure.squareRoot() * (1 - 1e-14))
      // Of one trial it is α itself, and the upper bound of none is 1 - α.
      #expect(ClopperPearson.lowerBound(successes: 1, trials: 1, failure: failure) <= failure)
      let upper = ClopperPearson.upperBound(successes: 0, trials: 1, failure: failure)
      // 1 - upper is exact where that is at least a half, and otherwise nearly.
      #expect(upper >= 0.5 ? 1 - upper <= failure : upper + failure >= 1)
      #expect(upper < 1 - failure + 1e-14)
    }
  }

  @Test(
    "The probability of failure may be next to 0 or 1",
    arguments: [Double.leastNonzeroMagnitude, 1e-300, 1e-30, 0.999])
  func extremes(_ failure: Double) {
    for (k, n) in [(1, 1), (3, 10), (10, 10), (500, 1000)] {
      let lower = ClopperPearson.lowerBound(successes: k, trials: n, failure: failure)
      let upper = ClopperPearson.upperBound(successes: k, trials: n, failure: failure)
      #expect(lower >= 0 && lower < Double(k) / Double(n) && upper > Double(k) / Double(n) * 0.999)
      // P(X ≥ k) ≤ C(n, k) p^k, which has to be as much as the failure.
      let choices = lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
      #expect(failure > 0.5 || Double(k) * log(lower) + choices > log(failure) - 1e-6)
    }
  }

  /// Near 1/2, Φ⁻¹(1/2 + ε) is √(2π) ε and a little more.
  @Test("The lower bound of a quantile is below it by its rounding")
  func quantileBound() {
    for exponent in 10...50 {
      let epsilon = scalbn(1, -exponent)
      let bound = NormalDistribution.quantileLowerBound(0.5 + epsilon)
      #expect(bound < (2 * Double.pi).squareRoot() * epsilon * (1 + 2 * epsilon * epsilon))
      #expect(bound > (2 * Double.pi).squareRoot() * epsilon - 1e-14)
    }
    for p in [1e-300, 0.001, 0.5, 0.7, 0.999_999_999] {
      let x = NormalDistribution.quantile(p)
      let bound = NormalDistribution.quantileLowerBound(p)
      #expect(bound < x && bound > x - 1e-14 * (1 + abs(x)))
    }
  }

  /// scipy 1.17: norm.ppf.
  @Test(
    "The normal quantile is scipy's, far into the tails",
    arguments: [
      (1e-300, -37.0470962993612), (1e-20, -9.262340089798409), (0.001, -3.090232306167813),
      (0.025, -1.9599639845400545), (0.3, -0.5244005127080409), (0.7, 0.5244005127080407),
      (0.975, 1.959963984540054), (0.999, 3.090232306167813),
      (0.999999999999, 7.0344869100478356),
    ])
  func quantile(_ probability: Double, _ expected: Double) {
    expect(NormalDistribution.quantile(probability), expected, within: 1e-13)
  }

  @Test("The normal quantile is infinite at 0 and 1, and 0 at a half")
  func quantileEnds() {
    #expect(NormalDistribution.quantile(0) == -.infinity)
    #expect(NormalDistribution.quantile(1) == .infinity)
    #expect(NormalDistribution.quantile(0.5) == 0)
  }
}
