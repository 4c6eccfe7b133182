import Evaluations
import Failures
import Foundation
import Reports
import Runs

/// All tables and figures of the paper that a folder of runs has something for, on one page.
package struct PaperPage {
  let runs: PaperRuns
  let settings: PaperAccuracySettings

  package init(runs: PaperRuns, settings: PaperAccuracySettings) {
    self.runs = runs
    self.settings = settings
  }

  /// Writes `paper.html` beside the runs.
  ///
  /// - Returns: the file.
  package func write(script: String) throws -> URL {
    let file = URL(fileURLWithPath: "\(runs.folder)/paper.html")
    let tables = PaperTable.all.map { table in
      TableStudy(
        table, rows: table.rows.filter(hasRun), runs: runs, settings: settings)
    }.filter { !$0.rows.isEmpty }
    let figures = PaperFigure.all.map { FigureStudy($0, runs: runs, settings: settings) }
    let studies: [any PaperStudy] = tables + figures
    try ReportPage(
      title: "The paper on \(runs.data)", subtitle: try runs.description(for: .zubovNet),
      headlines: [], sections: try studies.compactMap { try Self.section(of: $0) }
    ).write(to: file, vegaBundle: script)
    return file
  }

  private func hasRun(_ row: PaperRow) -> Bool {
    runs.seeds.contains { runs.folder(of: row, seed: $0).exists }
  }

  /// Nil too for a study with a run of another size, which this page is not about.
  private static func section(of study: any PaperStudy) throws -> ReportPage.Section? {
    do {
      return try study.section()
    } catch let failure as Failure where failure.kind == .unsuitable {
      return nil
    }
  }
}
