import Foundation
import Reports

/// All tables and figures of the paper that a folder of runs has something for, on one page.
public struct PaperPage {
  let runs: PaperRuns
  let settings: PaperAccuracySettings

  public init(runs: PaperRuns, settings: PaperAccuracySettings) {
    self.runs = runs
    self.settings = settings
  }

  /// Writes `paper.html` beside the runs.
  ///
  /// - Returns: the file.
  public func write(script: String) throws -> URL {
    let file = URL(fileURLWithPath: "\(runs.folder)/paper.html")
    try ReportPage(
      title: "The paper on \(runs.data)",
      subtitle: try runs.description(for: .zubovNet), headlines: [],
      sections: try tables() + figures()
    ).write(to: file, vegaBundle: script)
    return file
  }

  private func tables() throws -> [ReportPage.Section] {
    try PaperTable.all.compactMap { table in
      // A folder may hold a row of another size that this page is not about.
      guard (try? PaperWork(runs, rows: table.rows, measurements: [])) != nil else { return nil }
      let all = try TableStudy(number: table.number, runs: runs, settings: settings)
      let measured = try all.result().rows.filter { !$0.figures.isEmpty }.map(\.name)
      guard !measured.isEmpty else { return nil }
      let study = try TableStudy(
        number: table.number, rows: measured, runs: runs, settings: settings)
      let result = try study.result()
      return .init(
        "Table \(table.number): \(table.title)",
        study.blocks(of: result) + result.conditions.dropFirst().map(ReportPage.Block.prose))
    }
  }

  private func figures() throws -> [ReportPage.Section] {
    try PaperFigure.all.compactMap { figure in
      guard (try? PaperWork(runs, rows: figure.rows, measurements: [])) != nil else { return nil }
      let study = try FigureStudy(number: figure.number, runs: runs, settings: settings)
      return try study.blocks().map {
        .init(
          "Fig. \(figure.number): \(figure.title)", $0 + figure.notes.map(ReportPage.Block.prose))
      }
    }
  }
}
