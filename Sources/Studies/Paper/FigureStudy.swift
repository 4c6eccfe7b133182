import Evaluations
import Failures
import Foundation
import Reports
import Robustness
import Runs

/// A figure of the paper on a data set.
package struct FigureStudy: PaperStudy {
  package let figure: PaperFigure
  package let runs: PaperRuns
  package let settings: PaperAccuracySettings

  /// - Throws: `Failure` of kind `unknownName` for a figure that cannot be made.
  package init(
    number: Int, runs: PaperRuns, settings: PaperAccuracySettings
  ) throws(Failure) {
    guard let figure = PaperFigure.all.first(where: { $0.number == number }) else {
      let known = PaperFigure.all.map { "\($0.number)" }.joined(separator: ", ")
      throw Failure(
        .unknownName, at: "figure", expected: "a figure of experiments in the paper: \(known)",
        found: "\(number)", remedy: "`basin figure --help` lists them.")
    }
    self.init(figure, runs: runs, settings: settings)
  }

  init(_ figure: PaperFigure, runs: PaperRuns, settings: PaperAccuracySettings) {
    self.figure = figure
    self.runs = runs
    self.settings = settings
  }

  package var name: String { "Fig. \(figure.number)" }
  package var title: String { figure.title }
  private var rows: [PaperRow] { figure.rows }
  private var measurements: [any PaperMeasurement] { figure.measurements(settings) }

  package func work() throws -> PaperWork {
    try PaperWork(runs, rows: rows, measurements: measurements)
  }

  package func outcome() throws -> PaperOutcome<FigureResult> {
    let drawing = try figure.drawing(work().records())
    let conditions =
      try [runs.description(for: rows[0])] + measurements.map { "Measured: \($0.request)." }
      + figure.notes
    let result = FigureResult(
      figure: figure.number, title: title, data: runs.data, series: drawing.series,
      conditions: conditions)
    let charts: [ReportPage.Block] =
      switch drawing.charts.count {
      case 0: []
      case 1: [.chart(drawing.charts[0])]
      default: [.chartGrid(drawing.charts, legend: drawing.legend)]
      }
    return PaperOutcome(
      result: result, tables: drawing.tables, conditions: conditions,
      blocks: drawing.series.isEmpty ? [] : charts + drawing.tables.map(ReportPage.Block.table))
  }

  /// As JSON and a page.
  package func write(_ outcome: PaperOutcome<FigureResult>, script: String) throws -> [URL] {
    let name = "\(runs.folder)/figure-\(figure.number)"
    let files = ["json", "html"].map { URL(fileURLWithPath: "\(name).\($0)") }
    try outcome.result.write(to: files[0])
    try page(of: outcome).write(to: files[1], vegaBundle: script)
    return files
  }
}
