import Foundation
import Reports
import Robustness
import Runs
import Studies
import Testing

@Suite("Proposition 2, measured")
struct SeparabilityStudyTests {
  private func entry(_ d: Int, _ n: Int, _ m: Int, trials: Int) -> SeparabilityStudy.Entry {
    SeparabilityStudy.measure(
      dimensions: [d], pointCounts: [n], otherCount: m, trials: trials, seed: 11
    ).entries[0]
  }

  /// (M + 1) / C(N + M, N): see `SeparabilityBoundTests`. In one dimension hull and box are the same.
  @Test("on a line the frequency is the exact one", arguments: [(2, 1), (3, 4), (6, 2)])
  func line(n: Int, m: Int) {
    let found = entry(1, n, m, trials: 4000)
    let orders = (1...n).reduce(1.0) { $0 * Double(m + $1) / Double($1) }
    let exact = Double(m + 1) / orders
    #expect(abs(found.separable.fraction - exact) < 5 * (exact * (1 - exact) / 4000).squareRoot())
    #expect(found.separable == found.separableByCoordinates)
  }

  /// The mean area of a random triangle in a square is 11/144 of it; the mean volume of a random
  /// tetrahedron in a cube is 3977/216000 - π²/2160 (Zinani 2003). A box holds ((N - 1)/(N + 1))^d.
  @Test(
    "a point is in a random triangle or tetrahedron as often as is known",
    arguments: [(2, 3, 11.0 / 144, 0.25), (3, 4, 0.013842776, 0.216)])
  func simplices(d: Int, n: Int, volume: Double, box: Double) {
    let trials = 20000
    let found = entry(d, n, 1, trials: trials)
    for (share, exact) in [
      (1 - found.separable.fraction, volume), (1 - found.separableByCoordinates.fraction, box),
    ] {
      #expect(abs(share - exact) < 5 * (exact * (1 - exact) / Double(trials)).squareRoot())
    }
    #expect(abs(found.bound - (1 - box)) < 1e-12)
  }

  @Test("no bound is above the interval, and d ≥ N is certain")
  func bounds() {
    let study = SeparabilityStudy.measure(
      dimensions: [1, 2, 3, 5, 8, 10, 16], pointCounts: [2, 5, 10], trials: 300, seed: 3)
    #expect(study.entries.count == 21)
    for entry in study.entries {
      // Four times as wide as the 95 % interval.
      let interval = entry.separable.interval
      #expect(
        entry.bound <= entry.separable.fraction + 4
          * (interval.upperBound - entry.separable.fraction))
      #expect(
        entry.halfSpaceBound <= entry.separable.fraction + 4
          * (interval.upperBound - entry.separable.fraction))
      #expect(entry.separableByCoordinates.correct <= entry.separable.correct)
      #expect(entry.otherCount == entry.pointCount)
      #expect(entry.isCertain == (entry.dimension >= entry.pointCount))
      if entry.isCertain { #expect(entry.separable.fraction == 1) }
    }
    #expect(study.entries.contains { $0.separable.fraction < 0.1 })
    #expect(study.charts.count == 3)
  }

  @Test("printed bounds are no higher than they are, and printed failures no lower")
  func rounding() throws {
    let study = SeparabilityStudy.measure(
      dimensions: [1, 2, 6, 9, 16, 30, 36, 40], pointCounts: [2, 7, 60], trials: 1, seed: 1)
    for (row, entry) in zip(study.table.rows, study.entries) {
      let (proposition, halfSpaces) = (try #require(Double(row[5].text)), Double(row[6].text)!)
      #expect(proposition <= 100 * entry.bound && proposition > 100 * entry.bound - 0.11)
      #expect(halfSpaces <= 100 * entry.halfSpaceBound)
      #expect((proposition > 0) == (entry.bound > 0))
    }
    // Rounded to the nearest, this one would read 100.
    #expect(study.entries.contains { $0.halfSpaceBound > 0.9995 && $0.halfSpaceBound < 1 })
    #expect(!study.table.rows.contains { $0[6].text == "100.0" })
    for (row, entry) in zip(study.datasetTable.rows, study.datasets) {
      #expect(Double(row[4].text.dropFirst(3))! <= entry.logBound)
      #expect(Double(row[5].text).map { $0 >= entry.halfSpaceFailure } ?? true)
    }
  }

  @Test("a seed gives the same figures, another seed others, and trials do not depend on the rest")
  func determinism() throws {
    func study(_ dimensions: [Int], seed: UInt64, trials: Int = 60) -> SeparabilityStudy {
      SeparabilityStudy.measure(
        dimensions: dimensions, pointCounts: [12], trials: trials, seed: seed)
    }
    let first = study([2, 3, 4], seed: 5)
    let texts = try [first, study([2, 3, 4], seed: 5), study([2, 3, 4], seed: 6)].map {
      try $0.json
    }
    #expect(texts[0] == texts[1] && texts[0] != texts[2])
    #expect(study([3], seed: 5).entries[0].separable == first.entries[1].separable)
    var calls: [Int] = []
    _ = SeparabilityStudy.measure(
      dimensions: [2], pointCounts: [3], trials: 150, seed: 0
    ) { done, total in
      calls.append(done)
      #expect(total == 150)
    }
    #expect(calls == [100, 150])
  }

  @Test("at the sizes of data sets the proposition says nothing")
  func datasets() throws {
    let study = SeparabilityStudy.measure(
      dimensions: [2], pointCounts: [2], trials: 1, seed: 0)
    let features = try #require(study.datasets.first { $0.data == "cifar10, features" })
    #expect(abs(features.logBound - (-45528.578359089006)) < 1)
    #expect(features.halfSpaceFailure > 0 && features.halfSpaceFailure < 1e-36)
    #expect(study.notes.count == 5 && study.notes[0].hasPrefix("No measured frequency"))
  }
}
