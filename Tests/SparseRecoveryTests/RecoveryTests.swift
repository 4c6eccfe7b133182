import Foundation
import SparseRecovery
import Tensors
import Testing

/// Signals are found, as often as an independent prototype in NumPy finds them.
@Suite struct RecoveryTests {
  private func rates(
    _ cell: SensingCell, _ methods: [RecoveryMethod]
  ) throws -> SuccessStudy.Row {
    try SuccessStudy(cells: [cell], methods: methods, matrices: 1, signals: 20).run()[0]
  }

  @Test func ratioBeatsL1OnGaussianMatrices() throws {
    let easy = try rates(
      SensingCell(.gaussian, rows: 64, columns: 256, sparsity: 16, seed: 1), [.l1, .ratio])
    #expect(easy.rates["lhalf/l2"]! >= 0.95 && easy.rates["l1"]! <= 0.8)
    let hard = try rates(
      SensingCell(.gaussian, rows: 64, columns: 256, sparsity: 24, seed: 1),
      [.l1, .ratioSchedules])
    #expect(hard.rates["lhalf/l2-ms"]! >= 0.7 && hard.rates["l1"]! <= 0.1)
    // Whatever is found instead has the larger ratio.
    #expect(hard.modelFailures["lhalf/l2-ms"] == 0)
  }

  @Test func largeDynamicRangesAreEasy() throws {
    let row = try rates(
      SensingCell(.gaussian, rows: 64, columns: 256, sparsity: 24, decades: 3, seed: 1), [.ratio])
    #expect(row.rates["lhalf/l2"]! >= 0.95)
  }

  @Test func l1MinusL2SolvesCoherentProblems() throws {
    let cell = SensingCell(
      .oversampledDCT(coherence: 10), rows: 64, columns: 512, sparsity: 10, seed: 1)
    let row = try rates(cell, [.l1MinusL2, .ratio])
    #expect(row.rates["l1-l2"]! >= 0.9 && row.rates["lhalf/l2"]! >= 0.8)
  }

  /// In noise the ratio is nearer to the signal than l₁, and the oracle nearer still.
  @Test func ratioBeatsL1InNoise() throws {
    let study = NoiseStudy(
      cell: SensingCell(.gaussian, rows: 96, columns: 256, sparsity: 20, seed: 1),
      methods: [.l1, .ratio], levels: [30], matrices: 1, signals: 8, validationSignals: 4,
      weights: [1e-2, 1e-3, 3e-4])
    let figures = try study.run()
    let found = Dictionary(uniqueKeysWithValues: figures.map { ($0.method, $0.decibels) })
    #expect(found["lhalf/l2"]! > found["l1"]! + 4)
    #expect(found["oracle"]! > found["lhalf/l2"]! && found["oracle"]! < 40)
  }

  /// Least squares on k of m rows keep the share k/m of the noise at most, however large the signal.
  @Test(arguments: [nil, 3, 40, 100] as [Double?])
  func oracleIsNearerThanTheNoise(decades: Double?) throws {
    let study = NoiseStudy(
      cell: SensingCell(
        .gaussian, rows: 48, columns: 64, sparsity: 3, decades: decades, seed: 1),
      methods: [], levels: [20], matrices: 1, signals: 8, validationSignals: 1, weights: [1])
    let oracle = try #require(try study.run().first)
    #expect(oracle.method == "oracle" && oracle.exactSupports == 1)
    #expect(oracle.decibels > 25 && oracle.decibels < 45, "\(oracle.decibels)")
  }

  @Test func ratesAreMeasured() throws {
    let study = ConvergenceStudy(
      cell: SensingCell(.gaussian, rows: 40, columns: 80, sparsity: 5, seed: 2), rhos: [2],
      maximumIterations: 600)
    let result = try study.run()
    #expect(result.curves.count == 5)
    let certified = result.curves[0]
    let (rate, fit) = (try #require(certified.rate), try #require(certified.fit))
    #expect(try certified.isCertified && #require(certified.largestRise) < 1e-13)
    #expect(rate < 1 && rate > 0.8 && fit > 0.98)
    // The smaller ρ is quicker, and not certified.
    #expect(try #require(result.curves[1].rate) < rate && !result.curves[1].isCertified)
  }
}
