import ArgumentParser
import Experiments
import Foundation
import Reports
import SparseRecovery
import Tensors

struct SparseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparse",
    abstract: "Recover sparse vectors from few measurements; make networks sparse.",
    subcommands: [
      SparseRecoverCommand.self, SparsePhaseCommand.self, SparseNoiseCommand.self,
      SparseConvergenceCommand.self, PruneCommand.self,
    ])
}

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

  @Option(help: .init("Threads of one operation.", valueName: "n"))
  var threads = 1

  func validate() throws {
    for (name, value) in [("rows", rows), ("columns", columns), ("threads", threads)]
    where value < 1 {
      throw ValidationError("--\(name): expected at least 1, found \(value)")
    }
    guard coherence > 0, coherence.isFinite else {
      throw ValidationError("--coherence: expected a number above 0, found \(coherence)")
    }
  }

  /// Called once, before the first tensor.
  func cell(sparsity: Int) -> SensingCell {
    Torch.threadCount = threads
    Torch.keepMemory()
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

/// Methods given by a list.
struct MethodOptions: ParsableArguments {
  @Option(
    help: .init(
      "\(RecoveryMethod.allCases.map(\.rawValue).joined(separator: ", ")); by default all.",
      valueName: "list"))
  var methods: String?

  func chosen(byDefault all: [RecoveryMethod] = RecoveryMethod.allCases) throws
    -> [RecoveryMethod]
  {
    guard let methods else { return all }
    return try methods.split(separator: ",").map { name in
      guard let method = RecoveryMethod(rawValue: String(name)) else {
        throw SparseRecoveryError(
          .invalidOption, at: "--methods",
          expected: "some of \(RecoveryMethod.allCases.map(\.rawValue).joined(separator: ", "))",
          found: "'\(name)'", remedy: "Separate names by commas.")
      }
      return method
    }
  }
}

/// Numbers given by a list.
func numbers<Number: LosslessStringConvertible>(_ option: String, _ text: String) throws -> [Number]
{
  let parts = text.split(separator: ",")
  let values = parts.compactMap { Number(String($0)) }
  guard !values.isEmpty, values.count == parts.count else {
    throw SparseRecoveryError(
      .invalidOption, at: option, expected: "numbers separated by commas", found: "'\(text)'",
      remedy: "Write, for example, \(option) 10,20,30.")
  }
  return values
}

/// A page with one chart and tables.
func writePage(
  to path: String?, title: String, subtitle: String, chart: LineChart, tables: [Table]
) throws {
  guard let path else { return }
  let page = ReportPage(
    title: title, subtitle: subtitle,
    sections: [.init(chart.title, [.chart(chart.vegaLite)] + tables.map { .table($0) })])
  try page.write(to: URL(fileURLWithPath: path), vegaBundle: VegaBundle.load())
}
