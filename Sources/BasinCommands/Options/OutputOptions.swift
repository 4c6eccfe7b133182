import ArgumentParser
import Experiments

/// How a result is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

struct OutputOptions: ParsableArguments {
  @Option(help: "How the result is printed: tables, or one JSON object.")
  var format = OutputFormat.text

  /// Prints a result to standard output.
  func show(_ finding: some Finding, as text: @autoclosure () -> String) throws {
    switch format {
    case .text: print(text())
    case .json: print(try finding.json)
    }
  }
}
