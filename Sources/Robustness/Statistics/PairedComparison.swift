import Foundation

/// Two classifiers, or two attacks, on the same samples: far tighter than two separate intervals.
///
/// Only samples on which the two differ say anything about which is better. If neither is, each
/// such sample favours either with probability 1/2; McNemar's exact test (1947) is that binomial
/// test.
public struct PairedComparison: Sendable, Hashable, Codable {
  /// Samples that only the first gets right.
  public let onlyFirst: Int
  /// Samples that only the second gets right.
  public let onlySecond: Int
  /// The sample size.
  public let count: Int

  /// - Precondition: `onlyFirst + onlySecond` is in `0...count`.
  public init(onlyFirst: Int, onlySecond: Int, count: Int) {
    precondition(
      onlyFirst >= 0 && onlySecond >= 0 && onlyFirst + onlySecond <= count,
      "\(onlyFirst) and \(onlySecond) of \(count) samples")
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
    self.count = count
  }

  /// Compares sample by sample.
  ///
  /// - Precondition: both have an entry for each sample, in the same order.
  public init(first: [Bool], second: [Bool]) {
    precondition(first.count == second.count, "\(first.count) and \(second.count) samples")
    let pairs = zip(first, second)
    self.init(
      onlyFirst: pairs.count { $0 && !$1 }, onlySecond: pairs.count { !$0 && $1 },
      count: first.count)
  }

  /// Accuracy of the second minus that of the first, in [-1, 1].
  public var difference: Double {
    count == 0 ? 0 : Double(onlySecond - onlyFirst) / Double(count)
  }

  /// The probability of a difference at least as large, either way, if neither is better:
  /// min(1, 2 Σ_{k ≤ min(b, c)} C(b + c, k) / 2^(b + c)).
  public var pValue: Double {
    let n = onlyFirst + onlySecond
    if onlyFirst == onlySecond { return 1 }
    if n <= 1000 {
      // Whole numbers, so that p is exact where it equals a level of significance.
      var (choices, sum) = (1.0, 0.0)
      for k in 0...min(onlyFirst, onlySecond) {
        sum += choices
        choices = choices * Double(n - k) / Double(k + 1)
      }
      return min(1, scalbn(2 * sum, -n))
    }
    var logTerm = -Double(n) * log(2)
    var sum = 0.0
    for k in 0...min(onlyFirst, onlySecond) {
      sum += exp(logTerm)
      logTerm += log(Double(n - k)) - log(Double(k + 1))
    }
    return min(1, 2 * sum)
  }
}
