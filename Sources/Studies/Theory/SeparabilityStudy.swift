import Datasets
import Foundation
import Robustness
import Runs
import StableDynamics
import Tensors

/// How often random points are separable by a convex function, beside the bound of the paper's
/// Proposition 2: N points X₁ and M points X₂, independent and uniform on [-1, 1]^d, and the event
/// that no point of X₂ lies in the convex hull of X₁.
package struct SeparabilityStudy: Finding {
  /// One choice of d, N and M.
  package struct Entry: Codable, Sendable {
    package let dimension: Int
    /// N.
    package let pointCount: Int
    /// M.
    package let otherCount: Int
    /// Trials in which no point of X₂ lay in the hull of X₁.
    package let separable: Accuracy
    /// Trials in which none lay in the smallest box around X₁, the event that the proof bounds.
    package let separableByCoordinates: Accuracy
    /// Proposition 2.
    package let bound: Double
    /// `SeparabilityBound.halfSpaces`.
    package let halfSpaceBound: Double
    /// Whether P = 1 for sure: d ≥ N.
    package let isCertain: Bool

    /// Whether the bound is above what the measurement allows.
    package var contradictsBound: Bool { bound > separable.interval.upperBound }
  }

  /// The proposition at the size of a data set, too large to be drawn.
  package struct DatasetEntry: Codable, Sendable {
    package let data: String
    package let dimension: Int
    package let pointCount: Int
    package let otherCount: Int
    /// log₁₀ of Proposition 2.
    package let logBound: Double
    /// 1 - P is at most this: the complement of `SeparabilityBound.halfSpaces`, which is next to 1.
    package let halfSpaceFailure: Double
  }

  package private(set) var schemaVersion = SeparabilityStudy.currentSchemaVersion
  package let seed: UInt64
  package let trials: Int
  package let entries: [Entry]
  package let datasets: [DatasetEntry]
  /// What the figures say about the proposition, and what it does not say.
  package let notes: [String]

  /// Draws the trials.
  ///
  /// A trial's points are a function of seed, d, N, M and the number of the trial.
  ///
  /// - Parameters:
  ///   - otherCount: M; nil for M = N.
  ///   - progress: Called with the trials done and their total.
  /// - Precondition: all numbers are positive.
  package static func measure(
    dimensions: [Int], pointCounts: [Int], otherCount: Int? = nil, trials: Int, seed: UInt64,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> SeparabilityStudy {
    let total = dimensions.count * pointCounts.count * trials
    var done = 0
    var entries: [Entry] = []
    for pointCount in pointCounts {
      for dimension in dimensions {
        let bound = SeparabilityBound(
          dimension: dimension, pointCount: pointCount, otherCount: otherCount ?? pointCount)
        var (hull, box) = (0, 0)
        for trial in 0..<trials {
          let outcome = SeparabilityTrial(bound, seed: seed, index: trial)
          hull += outcome.isSeparable ? 1 : 0
          box += outcome.isSeparableByCoordinates ? 1 : 0
          done += 1
          if done % 100 == 0 || done == total { progress(done, total) }
        }
        entries.append(
          Entry(
            dimension: dimension, pointCount: pointCount, otherCount: bound.otherCount,
            separable: Accuracy(correct: hull, count: trials),
            separableByCoordinates: Accuracy(correct: box, count: trials),
            bound: bound.proposition, halfSpaceBound: bound.halfSpaces,
            isCertain: bound.isCertain))
      }
    }
    return SeparabilityStudy(
      seed: seed, trials: trials, entries: entries, datasets: DatasetEntry.all,
      notes: notes(on: entries))
  }

  private static func notes(on entries: [Entry]) -> [String] {
    let contradictions = entries.filter(\.contradictsBound)
    let verdict =
      contradictions.isEmpty
      ? "No measured frequency contradicts the bound: it is below the upper end of every interval."
      : "The bound is above the interval at "
        + contradictions.map { "d = \($0.dimension), N = \($0.pointCount)" }
        .joined(separator: "; ")
        + ". Each interval misses with probability 5 %; repeat with another seed."
    return [
      verdict,
      """
      The proof separates by one coordinate, which is where the bound loses: it is near the frequency \
      of that event, and far below that of separability once d is more than a few. Half-spaces \
      through the points themselves give 1 - M N 0.663^d for the same draws.
      """,
      """
      P = 1 already for d ≥ N; the paper asks for d ≥ N + 1. Its assumption M ≥ N is not used.
      """,
      """
      At the sizes of the paper's experiments the bound is 0 to thousands of digits (d < N + 1), so \
      it is not what justifies the design there; the half-space bound would be.
      """,
      """
      It is about uniform points of which nothing is learnt: both sets have the same distribution, so \
      separating them is memorising. It says that a convex function can be below a level on one class \
      and above on the other, one class against the rest; for all L classes at once the probabilities \
      of failure add up. Nothing follows about test samples.
      """,
    ]
  }
}

extension SeparabilityStudy.DatasetEntry {
  /// One class against the others, in the 256 features of the paper's models and in pixels.
  static var all: [Self] {
    [
      ("cifar10, features", 256, 5000, 45000), ("cifar10, pixels", 3072, 5000, 45000),
      ("cifar100, features", 256, 500, 49500), ("tiny-imagenet, features", 256, 500, 99500),
    ].map { data, dimension, pointCount, otherCount in
      let bound = SeparabilityBound(
        dimension: dimension, pointCount: pointCount, otherCount: otherCount)
      return Self(
        data: data, dimension: dimension, pointCount: pointCount, otherCount: otherCount,
        logBound: bound.logProposition / log(10),
        halfSpaceFailure: -expm1(bound.logHalfSpaces))
    }
  }
}

/// Two random sets of points, and whether they are separable.
struct SeparabilityTrial {
  /// No point of X₂ is in the hull of X₁.
  let isSeparable: Bool
  /// No point of X₂ is in the smallest box around X₁.
  let isSeparableByCoordinates: Bool

  init(_ sizes: SeparabilityBound, seed: UInt64, index: Int) {
    let (dimension, pointCount) = (sizes.dimension, sizes.pointCount)
    var generator = SplitMix64(
      seed: seed, stream: "separability \(dimension) \(pointCount) \(sizes.otherCount)",
      index: index)
    func draw(_ count: Int) -> [Double] {
      (0..<count * dimension).map { _ in 2 * generator.nextUnit() - 1 }
    }
    let hull = ConvexHull(of: draw(pointCount), dimension: dimension)
    var (isSeparable, isSeparableByCoordinates) = (true, true)
    for _ in 0..<sizes.otherCount where isSeparable {
      let point = draw(1)
      if hull.isSeparatedByCoordinate(point) { continue }
      isSeparableByCoordinates = false
      // In a flat of fewer dimensions than the space: outside with probability 1.
      if !sizes.isCertain { isSeparable = !hull.contains(point) }
    }
    self.isSeparable = isSeparable
    self.isSeparableByCoordinates = isSeparableByCoordinates
  }
}
