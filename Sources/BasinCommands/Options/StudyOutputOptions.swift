import ArgumentParser
import Evaluations
import Foundation
import Reports
import Runs

/// A study that is a chart and a table.
protocol ChartedFinding: Finding {
  /// As a heading.
  var title: String { get }
  /// What was studied, in words.
  var problem: String { get }
  var chart: LineChart { get }
  var table: Table { get }
}

/// Where a study goes beside standard output.
struct StudyOutputOptions: ParsableArguments {
  @Option(help: .init("A page with the chart and the table.", valueName: "file"))
  var out: String?

  @OptionGroup var charts: ChartOptions
  @OptionGroup var output: OutputOptions

  func validate() throws { try charts.requirePage(out) }

  /// Of a study that reads nothing.
  var files: CommandFiles { CommandFiles().writing("--out", out) }

  /// Prints what is studied, and writes its page where one is wanted. What the page needs is looked
  /// for before anything is studied.
  func show(_ study: () throws -> some ChartedFinding) throws {
    let script = try out.map { _ in try VegaBundle.load() }
    let renderer = try charts.renderer()
    let study = try study()
    if let out, let script {
      let page = ReportPage(
        title: study.title, subtitle: study.problem,
        sections: [
          .init(study.chart.title, [.chart(study.chart.vegaLite), .table(study.table)])
        ])
      try page.write(to: URL(fileURLWithPath: out), vegaBundle: script)
      _ = try charts.write(page, beside: URL(fileURLWithPath: out), by: renderer)
    }
    try output.show(study, as: [.table(study.table)] + (out.map { [.text($0)] } ?? []))
  }
}
