import ArgumentParser
import Evaluations
import Files
import Foundation
import Reports

struct ReportCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Compare runs on one self-contained HTML page.",
    discussion: """
      Shows what `basin train`, `basin evaluate` and `basin regions` left in the folders; runs that \
      differ in their seed alone share a row. What was measured on other samples, or under another \
      protocol, has tables of its own.

      Example: basin report runs/a runs/b --out report.html
      """)

  @Argument(
    help: .init(
      "The folders of runs, or files that `basin evaluate --out` wrote, tolerances.json too.",
      valueName: "run"))
  var runs: [String]

  @Option(help: .init("The page to write.", valueName: "file"))
  var out = "report.html"

  @Option(
    help: .init(
      "A table to write beside it: a row for each number of every step, epoch and evaluation.",
      valueName: "file"))
  var csv: String?

  @OptionGroup var charts: ChartOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions

  var files: CommandFiles {
    CommandFiles(sources: runs.map { .run($0) } + [.data(data)])
      .writing("--out", out)
      .writing("--csv", csv)
  }

  func run() throws {
    let script = try VegaBundle.load()
    let renderer = try charts.renderer()
    let report = try RunReport(
      runs.map { try RunRecord(at: $0) }, locations: data.locations)
    let (page, file) = (try report.page(), URL(fileURLWithPath: out))
    try page.write(to: file, vegaBundle: script)
    let pictures = try charts.write(page, beside: file, by: renderer)
    if let csv { try AtomicFile.write(report.metricsTable.csv.utf8, to: csv) }
    try output.show(
      report.comparison,
      as: report.comparison.tables.map(OutputPart.table)
        + ([out] + (csv.map { [$0] } ?? []) + pictures).map(OutputPart.text))
  }
}
