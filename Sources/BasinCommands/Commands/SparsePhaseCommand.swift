import ArgumentParser
import Foundation
import Reports
import Runs
import SparseRecovery
import StableDynamics

struct SparsePhaseCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "phase", abstract: "Measure the success of each method against sparsity.",
    discussion: """
      A trial succeeds if the relative error is below 1e-3. Signals have k elements that are not 0, \
      2F apart for the oversampled DCT. Method names ending in -ms run two or three schedules and \
      keep the least penalty; pool keeps the least ratio of all methods' answers.

      Example: basin sparse phase --matrix dct --coherence 10 --columns 512 --sparsities 10,14,18
      """)

  @Option(help: .init("Numbers of elements that are not 0.", valueName: "list"))
  var sparsities = "16,20,24,28,32"

  @OptionGroup(title: "Problem") var sensing: SensingOptions
  @OptionGroup var compute: ThreadOptions
  @OptionGroup var trials: TrialOptions
  @OptionGroup var chosen: RecoveryMethodOptions

  @OptionGroup var output: StudyOutputOptions

  var files: CommandFiles { output.files }

  func run() throws {
    compute.prepare()
    let methods = try chosen.chosen()
    let cells = try numbers("--sparsities", sparsities, in: .sensed).map(
      sensing.cell(sparsity:))
    let study = SuccessStudy(
      cells: cells, methods: methods, matrices: trials.matrices,
      signals: trials.signals)
    try output.show {
      let progress = Progress("recovering")
      let rows = try study.run(progress: progress.show)
      progress.finish()
      return PhaseResult(
        problem: sensing.summary(cells[0]), seed: sensing.seed, methods: methods.map(\.rawValue),
        rows: rows)
    }
  }
}

/// What `basin sparse phase` prints.
private struct PhaseResult: ChartedFinding {
  private(set) var schemaVersion = PhaseResult.currentSchemaVersion
  var title: String { "Success against sparsity" }
  let problem: String
  let seed: UInt64
  let methods: [String]
  let rows: [SuccessStudy.Row]

  var table: Table {
    Table(
      caption: "Share of \(rows[0].trials) trials recovered: \(problem)",
      columns: [.number("k")] + methods.map { .number($0) },
      rows: rows.map { row in
        let best = row.rates.values.max() ?? 0
        return [Table.Cell("\(row.sparsity)")]
          + methods.map { method in
            let rate = row.rates[method] ?? 0
            return Table.Cell(
              String(format: "%.2f", rate), isEmphasized: rate == best && rate > 0)
          }
      })
  }

  var chart: LineChart {
    LineChart(
      title: "Success against sparsity", summary: problem, xTitle: "elements that are not 0",
      yTitle: "share of trials recovered",
      series: methods.map { method in
        LineChart.Series(
          method, rows.map { (x: Double($0.sparsity), y: $0.rates[method] ?? 0) })
      })
  }
}
