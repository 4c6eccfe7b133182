import Evaluations
import Failures
import Files
import Foundation
import NeuralNetworks
import Reports
import Robustness
import Runs
import StableDynamics

/// A table of the paper on a data set.
package struct TableStudy: PaperStudy {
  package let table: PaperTable
  package let runs: PaperRuns
  package let settings: PaperAccuracySettings
  package let rows: [PaperRow]

  /// - Parameters:
  ///   - number: 1 to 6.
  ///   - names: the rows wanted, in the table's order; all where nil.
  /// - Throws: `Failure` of kind `unknownName` for a table or a row that the paper does not have.
  package init(
    number: Int, rows names: [String]? = nil, runs: PaperRuns, settings: PaperAccuracySettings
  ) throws(Failure) {
    guard let table = PaperTable.all.first(where: { $0.number == number }) else {
      throw Failure(
        .unknownName, at: "table", expected: "a table of the paper, 1 to \(PaperTable.all.count)",
        found: "\(number)", remedy: "`basin table --help` lists them.")
    }
    let known = table.rows.map(\.name)
    if let unknown = names?.first(where: { !known.contains($0) }) {
      throw Failure(
        .unknownName, at: "--methods",
        expected: "some of \(known.joined(separator: ", ")), the rows of table \(number)",
        found: "'\(unknown)'", remedy: "Separate names by commas.")
    }
    self.init(
      table, rows: table.rows.filter { names?.contains($0.name) ?? true }, runs: runs,
      settings: settings)
  }

  init(
    _ table: PaperTable, rows: [PaperRow], runs: PaperRuns, settings: PaperAccuracySettings
  ) {
    self.table = table
    self.runs = runs
    self.settings = settings
    self.rows = rows
  }

  package var name: String { "Table \(table.number)" }
  package var title: String { table.title }
  private var measurements: [any PaperMeasurement] { table.measurements(settings) }

  package func work() throws -> PaperWork {
    try PaperWork(runs, rows: rows, measurements: measurements)
  }

  /// The rows wanted, those without a run too.
  package func outcome() throws -> PaperOutcome<PaperResult> {
    let requests = measurements.map(\.request).filter { !$0.isEmpty }
    let conditions =
      try [
        runs.description(for: rows[0]), "Measured: \(requests.joined(separator: "; ")).",
      ] + table.notes
    let result = try PaperResult(
      table, data: runs.data, records: work().records(), rows: rows, conditions: conditions)
    let tables = [result.table(of: table)] + [result.differenceTable].compactMap { $0 }
    let chart = result.chart.map { [ReportPage.Block.chart($0.vegaLite)] } ?? []
    return PaperOutcome(
      result: result, tables: tables, conditions: conditions,
      blocks: result.rows.allSatisfy(\.figures.isEmpty)
        ? [] : tables.map(ReportPage.Block.table) + chart)
  }

  /// As JSON, Markdown, CSV, LaTeX and a page.
  package func write(_ outcome: PaperOutcome<PaperResult>, script: String) throws -> [URL] {
    let name = "\(runs.folder)/table-\(table.number)-\(settings.evaluationProtocol.rawValue)"
    func file(_ suffix: String) -> URL { URL(fileURLWithPath: "\(name).\(suffix)") }
    let markdown = outcome.tables.map(\.markdown) + outcome.conditions
    try outcome.result.write(to: file("json"))
    for (suffix, text) in [
      ("csv", outcome.tables[0].csv),
      ("tex", outcome.tables.map(\.latex).joined(separator: "\n")),
      ("md", markdown.joined(separator: "\n\n") + "\n"),
    ] {
      try AtomicFile.write(text.utf8, to: file(suffix).relativePath)
    }
    try page(of: outcome).write(to: file("html"), vegaBundle: script)
    return ["json", "csv", "tex", "md", "html"].map(file)
  }
}
