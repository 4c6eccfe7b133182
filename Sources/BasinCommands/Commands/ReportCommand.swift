import ArgumentParser
import Experiments
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
      "The folders of runs, or files that `basin evaluate --out` wrote.", valueName: "run"))
  var runs: [String]

  @Option(help: .init("The page to write.", valueName: "file"))
  var out = "report.html"

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions

  var files: CommandFiles {
    var files = CommandFiles(sources: runs.map { .run($0) } + [.data(data)])
    files.write("--out", out)
    return files
  }

  func run() throws {
    let script = try VegaBundle.load()
    let report = try RunReport(
      runs.map { try RunRecord(at: $0) }, locations: data.locations)
    try report.page().write(to: URL(fileURLWithPath: out), vegaBundle: script)
    try output.show(
      report.comparison, as: report.comparison.tables.map(OutputPart.table) + [.text(out)])
  }
}
