import ArgumentParser
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
    for (name, value) in [("rows", rows), ("columns", columns)] where value < 1 {
      throw ValidationError("--\(name): expected at least 1, found \(value)")
    }
    guard coherence > 0, coherence.isFinite else {
      throw ValidationError("--coherence: expected a number above 0, found \(coherence)")
    }
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

/// How often a study draws.
struct TrialOptions: ParsableArguments {
  @Option(help: .init("Matrices.", valueName: "n"))
  var matrices = 2

  @Option(help: .init("Signals for each matrix.", valueName: "n"))
  var signals = 25

  func validate() throws {
    guard matrices >= 1, signals >= 1 else {
      throw ValidationError("--matrices and --signals: expected at least 1")
    }
  }
}
