import Foundation
import Reports
import Robustness

/// A table of the paper on a data set: what has to be done for it, and what comes of it.
public struct TableStudy {
  public let table: PaperTable
  public let runs: PaperRuns
  public let settings: PaperAccuracySettings
  public let rows: [PaperRow]

  /// - Parameters:
  ///   - number: 1 to 6.
  ///   - names: the rows wanted, in the table's order; all where nil.
  /// - Throws: `InputError` for a table or a row that the paper does not have.
  public init(
    number: Int, rows names: [String]? = nil, runs: PaperRuns, settings: PaperAccuracySettings
  ) throws(InputError) {
    guard let table = PaperTable.all.first(where: { $0.number == number }) else {
      throw InputError(
        at: "table", expected: "a table of the paper, 1 to \(PaperTable.all.count)",
        found: "\(number)", remedy: "`basin table --help` lists them.")
    }
    let known = table.rows.map(\.name)
    if let unknown = names?.first(where: { !known.contains($0) }) {
      throw InputError(
        at: "--methods", expected: "rows of table \(number): \(known.joined(separator: ", "))",
        found: "'\(unknown)'", remedy: "Separate names by commas.")
    }
    self.table = table
    self.runs = runs
    self.settings = settings
    rows = table.rows.filter { names?.contains($0.name) ?? true }
  }

  /// What has been done and what has not.
  public func work() throws -> PaperWork {
    try PaperWork(runs, rows: rows, measurements: table.measurements(settings))
  }

  /// What has been measured so far.
  public func result() throws -> PaperResult {
    try PaperResult(
      table, data: runs.data, records: work().records(), rows: rows, conditions: conditions())
  }

  /// How the figures came about, a sentence each.
  private func conditions() throws -> [String] {
    let requests = table.measurements(settings).map(\.request).filter { !$0.isEmpty }
    return try [
      runs.description(for: rows[0]),
      "Measured: \(requests.joined(separator: "; ")).",
    ] + table.notes
  }

  // MARK: Files

  /// Writes the table beside its runs as JSON, Markdown, CSV, LaTeX and a page.
  ///
  /// - Returns: the files.
  public func write(_ result: PaperResult, script: String) throws -> [URL] {
    let name = "\(runs.folder)/table-\(table.number)-\(settings.evaluationProtocol.rawValue)"
    func file(_ suffix: String) -> URL { URL(fileURLWithPath: "\(name).\(suffix)") }
    let tables = self.tables(of: result)
    try result.write(to: file("json"))
    try ReportPage.write(tables[0].csv, to: file("csv"))
    try ReportPage.write(
      tables.map(\.latex).joined(separator: "\n"), to: file("tex"))
    try ReportPage.write(markdown(of: result), to: file("md"))
    try page(of: result).write(to: file("html"), vegaBundle: script)
    return ["json", "csv", "tex", "md", "html"].map(file)
  }

  /// The table, and that of the paired differences.
  public func tables(of result: PaperResult) -> [Table] {
    [result.table(of: table)] + [result.differenceTable].compactMap { $0 }
  }

  private func markdown(of result: PaperResult) -> String {
    (tables(of: result).map(\.markdown) + result.conditions).joined(separator: "\n\n") + "\n"
  }

  private func page(of result: PaperResult) -> ReportPage {
    ReportPage(
      title: "Table \(table.number) on \(runs.data)", subtitle: table.title, headlines: [],
      sections: [
        .init("Result", blocks(of: result)),
        .init("How it was measured", result.conditions.map(ReportPage.Block.prose)),
      ])
  }

  /// The tables and the chart.
  func blocks(of result: PaperResult) -> [ReportPage.Block] {
    tables(of: result).map(ReportPage.Block.table)
      + (result.chart.map { [.chart($0.vegaLite)] } ?? [])
  }
}
