import ArgumentParser
import Foundation
import Reports
import Runs
import Settings
import SparseRecovery

struct SparseNoiseCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "noise", abstract: "Measure the error of each method against noise.",
    discussion: """
      Levels are 20 log10 of signal to noise in the measurements and of signal to error in the \
      solution. λ is chosen for each method and level on signals and matrices of their own. The \
      oracle knows the support.

      Example: basin sparse noise --rows 96 --sparsity 20 --levels 10,20,30,40
      """)

  @Option(help: .init("Levels of noise in decibels.", valueName: "list"))
  var levels = "10,20,30,40"

  @Option(help: .init("Elements that are not 0.", valueName: "k"))
  var sparsity = 20

  @Option(help: .init("Signals for each matrix on which λ is chosen.", valueName: "n"))
  var validationSignals = 10

  @OptionGroup(title: "Problem") var sensing: SensingOptions
  @OptionGroup var compute: ThreadOptions
  @OptionGroup var trials: TrialOptions
  @OptionGroup var chosen: RecoveryMethodOptions

  @OptionGroup var output: StudyOutputOptions

  func validate() throws {
    try SettingRange.signals.require("--validation-signals", validationSignals)
    try SettingRange.sensed.require("--sparsity", sparsity)
  }

  var files: CommandFiles { output.files }

  func run() throws {
    compute.prepare()
    let methods = try chosen.chosen(byDefault: [.l1, .l1OverL2, .lHalf, .ratio])
    let cell = sensing.cell(sparsity: sparsity)
    let study = NoiseStudy(
      cell: cell, methods: methods, levels: try numbers("--levels", levels, in: .level),
      matrices: trials.matrices,
      signals: trials.signals, validationSignals: validationSignals)
    try output.show {
      let progress = Progress("recovering")
      let figures = try study.run(progress: progress.show)
      progress.finish()
      return NoiseResult(
        problem: "\(sensing.summary(cell)), \(sparsity) elements", seed: sensing.seed,
        figures: figures)
    }
  }
}

/// What `basin sparse noise` prints.
private struct NoiseResult: ChartedFinding {
  private(set) var schemaVersion = NoiseResult.currentSchemaVersion
  var title: String { "Error against noise" }
  let problem: String
  let seed: UInt64
  let figures: [NoiseStudy.Figure]

  private var methods: [String] {
    figures.filter { $0.level == figures[0].level }.map(\.method)
  }

  var table: Table {
    Table(
      caption: "Signal to error in decibels: \(problem)",
      columns: [
        Table.Column("method"), .number("noise"), .number("signal to error"), .number("λ"),
        .number("exact supports"), .number("non-zeros"),
      ],
      rows: figures.map { figure in
        [
          "\(figure.method)", .number(figure.level),
          Table.Cell(
            String(format: "%.2f", figure.decibels),
            detail: figure.standardError.map { String(format: "± %.2f", $0) }),
          figure.weight.map { .number($0) } ?? .missing,
          Table.Cell(String(format: "%.2f", figure.exactSupports)),
          Table.Cell(String(format: "%.1f", figure.support)),
        ]
      })
  }

  var chart: LineChart {
    LineChart(
      title: "Error against noise", summary: problem, xTitle: "signal to noise, dB",
      yTitle: "signal to error, dB",
      series: methods.map { method in
        LineChart.Series(
          method,
          figures.filter { $0.method == method }.map { (x: $0.level, y: $0.decibels) },
          isDashed: method == NoiseStudy.oracle)
      })
  }
}
