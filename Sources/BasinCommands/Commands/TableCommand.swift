import ArgumentParser
import Studies

struct TableCommand: CheckedCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "table", abstract: "Make a table of the Zubov-Net paper.",
    discussion: """
      1 corruptions, 2 attacks, 3 strong attacks and adversarial training, 4 costs, 5 ablations, \
      6 solvers. Trains the runs that are missing, measures what is missing of each, and writes the \
      table as page, Markdown, CSV, LaTeX and JSON beside the runs, the paper's figures next to \
      ours. Stopped at any moment, the same command goes on where it was; several at once share the \
      work. Without options the runs are of the paper's size, which wants a GPU.

      Example: basin table 2 --data cifar10 --width 8 --train-limit 8000 --epochs 8 \
      --set scale=small --limit 300
      """)

  @Argument(help: .init("1 to 6.", valueName: "number"))
  var number: Int

  @OptionGroup var options: PaperOptions
  @OptionGroup var output: OutputOptions

  var files: CommandFiles { options.files }

  func check() throws { _ = try study(options.runs()).work() }

  func run() throws { try options.make(output: output, study) }

  private func study(_ runs: PaperRuns) throws -> TableStudy {
    try TableStudy(
      number: number, rows: options.rowNames, runs: runs, settings: options.accuracySettings)
  }
}
