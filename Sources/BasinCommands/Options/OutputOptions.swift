import ArgumentParser
import Reports
import Runs

/// How a result is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, markdown, csv, json
}

/// A piece of a result for people.
enum OutputPart {
  case text(String)
  case table(Table)

  var isTable: Bool { if case .table = self { true } else { false } }
}

struct OutputOptions: ParsableArguments {
  @Option(
    help: "How the result is printed: tables, in Markdown or CSV (these alone), or one JSON object."
  )
  var format = OutputFormat.text

  /// Prints a result to standard output.
  func show(_ finding: some Finding, as parts: @autoclosure () -> [OutputPart]) throws {
    switch format {
    case .text: try show(parts(), \.plainText)
    case .markdown: try show(parts(), \.markdown)
    case .csv: try show(parts().filter(\.isTable), \.csv)
    case .json: try StandardOutput.write(finding.json)
    }
  }

  /// Prints a result without tables.
  func show(_ finding: some Finding, as text: @autoclosure () -> String) throws {
    try show(finding, as: [.text(text())])
  }

  private func show(_ parts: [OutputPart], _ written: (Table) -> String) throws {
    let texts = parts.map { part in
      switch part {
      case .text(let text): text
      case .table(let table): written(table)
      }
    }
    try StandardOutput.write(
      texts.map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 }.joined(separator: "\n\n"))
  }
}
