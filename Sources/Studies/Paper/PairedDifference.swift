import Foundation
import Tensors

/// How the accuracy of two rows differs on the same images, over all conditions of a table's
/// average and the seeds that both have.
///
/// Each image has a score for each row, the share of conditions and seeds in which it is classified
/// correctly. The interval is that of the mean of the paired differences; the p-value is a sign-flip
/// permutation test (10,000 draws): if the rows are alike, each image's difference is as likely to
/// have the other sign. Both are about images; how much a training differs from the next is what
/// the deviation over seeds in the table shows.
package struct PairedDifference: Codable, Sendable {
  /// The mean of other minus reference, in points of percent.
  package let difference: Double
  /// Its 95 % interval.
  package let lower: Double
  package let upper: Double
  package let pValue: Double
  package let imageCount: Int
  package let seedCount: Int

  /// - Parameters:
  ///   - reference: for each seed the score of each image, by its index.
  ///   - other: likewise; seeds and images that only one side has are left out.
  package init?(reference: [UInt64: [Int: Double]], other: [UInt64: [Int: Double]]) {
    let seeds = reference.keys.filter { other[$0] != nil }.sorted()
    guard let first = seeds.first else { return nil }
    let images = reference[first]!.keys.sorted().filter { image in
      seeds.allSatisfy { reference[$0]![image] != nil && other[$0]![image] != nil }
    }
    guard images.count > 1 else { return nil }
    let differences = images.map { image in
      seeds.map { other[$0]![image]! - reference[$0]![image]! }.reduce(0, +) / Double(seeds.count)
    }
    let count = Double(images.count)
    let mean = differences.reduce(0, +) / count
    let variance = differences.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / (count - 1)
    let half = 1.959_964 * (variance / count).squareRoot()
    difference = 100 * mean
    lower = 100 * (mean - half)
    upper = 100 * (mean + half)
    pValue = Self.signFlipProbability(differences, draws: 10_000)
    imageCount = images.count
    seedCount = seeds.count
  }

  /// The share of sign flips whose mean is at least as far from 0, the one observed among them.
  private static func signFlipProbability(_ differences: [Double], draws: Int) -> Double {
    let moved = differences.filter { $0 != 0 }
    let observed = abs(moved.reduce(0, +)) - 1e-9
    guard !moved.isEmpty else { return 1 }
    var generator = SplitMix64(seed: 0x5EED)
    // Published p-values begin with the second number.
    _ = generator.next()
    var extreme = 1
    for _ in 0..<draws {
      var sum = 0.0
      var bits: UInt64 = 0
      for (place, value) in moved.enumerated() {
        if place % 64 == 0 { bits = generator.next() }
        sum += bits & 1 == 1 ? value : -value
        bits >>= 1
      }
      if abs(sum) >= observed { extreme += 1 }
    }
    return Double(extreme) / Double(draws + 1)
  }
}
