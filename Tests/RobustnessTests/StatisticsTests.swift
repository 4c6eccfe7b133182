import Foundation
import Robustness
import Testing

@Suite("Statistics")
struct StatisticsTests {
  @Test(
    "Wilson's interval has its closed-form values",
    arguments: [
      (8, 10, 0.490_162_47, 0.943_317_80), (0, 10, 0, 0.277_532_79), (10, 10, 0.722_467_21, 1),
      (50, 100, 0.403_831_53, 0.596_168_47), (360, 360, 0.989_442_04, 1),
      (9800, 10000, 0.977_066_07, 0.982_565_29),
    ])
  func wilson(correct: Int, count: Int, lower: Double, upper: Double) {
    let interval = Accuracy(correct: correct, count: count).interval
    #expect(abs(interval.lowerBound - lower) < 1e-7)
    #expect(abs(interval.upperBound - upper) < 1e-7)
  }

  @Test("nothing is known of no samples") func empty() {
    let accuracy = Accuracy(correct: 0, count: 0)
    #expect(accuracy.interval == 0...1)
    #expect(accuracy.fraction == 0)
  }

  @Test(
    "McNemar's exact test has the values of the binomial test",
    arguments: [
      (1, 9, 0.021484375), (9, 1, 0.021484375), (0, 6, 0.03125), (3, 3, 1), (0, 0, 1), (0, 1, 1),
      (5, 15, 0.041389465332), (900, 1000, 0.023108845109),
    ])
  func mcNemar(onlyFirst: Int, onlySecond: Int, pValue: Double) {
    let test = PairedComparison(onlyFirst: onlyFirst, onlySecond: onlySecond, count: 5000)
    #expect(abs(test.pValue - pValue) < 1e-9)
  }

  @Test("a comparison counts the samples on which the two differ") func pairs() {
    let comparison = PairedComparison(
      first: [true, true, false, false, true], second: [true, false, true, false, false])
    #expect(comparison == PairedComparison(onlyFirst: 2, onlySecond: 1, count: 5))
    #expect(comparison.difference == -0.2)
  }

  @Test("an accuracy is written with its interval and read back") func coding() throws {
    let accuracy = Accuracy(correct: 8, count: 10)
    let json = try JSONEncoder().encode(accuracy)
    let fields = try JSONDecoder().decode([String: Double].self, from: json)
    #expect(fields["fraction"] == 0.8)
    #expect(fields["lower"] == accuracy.interval.lowerBound)
    #expect(try JSONDecoder().decode(Accuracy.self, from: json) == accuracy)
  }
}
