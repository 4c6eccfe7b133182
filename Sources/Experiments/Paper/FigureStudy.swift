import Foundation
import Reports

/// A figure of the paper on a data set: what has to be done for it, and what comes of it.
public struct FigureStudy {
  public let figure: PaperFigure
  public let runs: PaperRuns
  public let settings: PaperAccuracySettings

  /// - Throws: `InputError` for a figure that cannot be made.
  public init(
    number: Int, runs: PaperRuns, settings: PaperAccuracySettings
  ) throws(InputError) {
    guard let figure = PaperFigure.all.first(where: { $0.number == number }) else {
      let known = PaperFigure.all.map { "\($0.number)" }.joined(separator: ", ")
      throw InputError(
        at: "figure", expected: "a figure of experiments in the paper: \(known)",
        found: "\(number)", remedy: "`basin figure --help` lists them.")
    }
    self.figure = figure
    self.runs = runs
    self.settings = settings
  }

  /// What has been done and what has not.
  public func work() throws -> PaperWork {
    try PaperWork(runs, rows: figure.rows, measurements: figure.measurements(settings))
  }

  /// Draws what has been measured so far: beside the runs, as a page and as JSON.
  ///
  /// - Returns: the numbers, what is said of them, and the files.
  public func draw(script: String) throws -> (result: FigureResult, tables: [Table], files: [URL]) {
    let drawing = try figure.drawing(try work().records())
    let conditions =
      try [runs.description(for: figure.rows[0])]
      + figure.measurements(settings).map { "Measured: \($0.request)." } + figure.notes
    let result = FigureResult(
      figure: figure.number, title: figure.title, data: runs.data, series: drawing.series,
      conditions: conditions)
    let name = "\(runs.folder)/figure-\(figure.number)"
    let files = ["json", "html"].map { URL(fileURLWithPath: "\(name).\($0)") }
    try result.write(to: files[0])
    try ReportPage(
      title: "Fig. \(figure.number) on \(runs.data)", subtitle: figure.title, headlines: [],
      sections: [
        .init("Figure", blocks(of: drawing)),
        .init("How it was made", conditions.map(ReportPage.Block.prose)),
      ]
    ).write(to: files[1], vegaBundle: script)
    return (result, drawing.tables, files)
  }

  /// What has been drawn so far; nil if nothing has been measured.
  func blocks() throws -> [ReportPage.Block]? {
    let drawing = try figure.drawing(try work().records())
    return drawing.series.isEmpty ? nil : blocks(of: drawing)
  }

  private func blocks(of drawing: PaperFigure.Drawing) -> [ReportPage.Block] {
    let charts: ReportPage.Block =
      switch drawing.charts.count {
      case 0: .note("Nothing is measured yet.")
      case 1: .chart(drawing.charts[0])
      default: .chartGrid(drawing.charts, legend: drawing.legend)
      }
    return [charts] + drawing.tables.map(ReportPage.Block.table)
  }
}
