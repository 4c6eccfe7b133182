import ArgumentParser
import Settings
import SparseRecovery

/// The problems that a study draws.
struct SensingOptions: ParsableArguments {
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case gaussian, dct, dft
  }

  @Option(help: "Kind of matrix: gaussian, dct (oversampled), dft (rows of the real transform).")
  var matrix = Kind.gaussian

  @Option(help: .init("F of the oversampled DCT.", valueName: "f"))
  var coherence = 10.0

  @Option(help: .init("Measurements of a signal.", valueName: "m"))
  var rows = 64

  @Option(help: .init("Length of a signal.", valueName: "n"))
  var columns = 256

  @Option(
    help: .init(
      "Amplitudes ± 10^u, u uniform below this; normal where omitted.", valueName: "decades"))
  var dynamicRange: Double?

  @Option(help: .init("Of all random draws.", valueName: "n"))
  var seed: UInt64 = 0

  func validate() throws {
    try SettingRange.sensed.require("--rows", rows)
    try SettingRange.sensed.require("--columns", columns)
    try SettingRange.positive.require("--coherence", coherence)
    // Squares of amplitudes can be summed.
    try SettingRange.numbers(0...100).require("--dynamic-range", dynamicRange)
  }

  func cell(sparsity: Int) -> SensingCell {
    let kind: SensingMatrix =
      switch matrix {
      case .gaussian: .gaussian
      case .dct: .oversampledDCT(coherence: coherence)
      case .dft: .partialDFT
      }
    return SensingCell(
      kind, rows: rows, columns: columns, sparsity: sparsity, decades: dynamicRange, seed: seed)
  }

  /// In words.
  func summary(_ cell: SensingCell) -> String {
    let amplitudes = dynamicRange.map { ", amplitudes over \($0) decades" } ?? ""
    return "\(cell.matrix) \(rows) x \(columns)\(amplitudes), seed \(seed)"
  }
}

extension SettingRange {
  /// Rows, columns and elements of a problem that is drawn.
  static let sensed = integers(1...100_000)
  /// Signals for each matrix.
  static let signals = integers(1...100_000)
  /// Decibels.
  static let level = numbers(-300...300)
}

/// How often a study draws.
struct TrialOptions: ParsableArguments {
  @Option(help: .init("Matrices.", valueName: "n"))
  var matrices = 2

  @Option(help: .init("Signals for each matrix.", valueName: "n"))
  var signals = 25

  func validate() throws {
    try SettingRange.integers(1...10_000).require("--matrices", matrices)
    try SettingRange.signals.require("--signals", signals)
  }
}
