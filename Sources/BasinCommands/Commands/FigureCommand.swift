import ArgumentParser
import Studies

struct FigureCommand: CheckedCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "figure", abstract: "Make a figure of the Zubov-Net paper.",
    discussion: """
      3 features by t-SNE, 4 loss weights, 5 training. Trains the runs that are missing and measures \
      what is missing of each, as `basin table` does with the same options and in the same folder, \
      and writes a page and the numbers beside the runs.

      Example: basin figure 5 --data cifar10 --width 8 --train-limit 8000 --epochs 8 --set scale=small
      """)

  @Argument(help: .init("3 to 5.", valueName: "number"))
  var number: Int

  @OptionGroup var options: PaperOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if options.methods != nil { throw ValidationError("--methods: figures have rows of their own") }
  }

  var files: CommandFiles { options.files }

  func check() throws { _ = try study(options.runs()).work() }

  func run() throws { try options.make(output: output, study) }

  private func study(_ runs: PaperRuns) throws -> FigureStudy {
    try FigureStudy(number: number, runs: runs, settings: options.accuracySettings)
  }
}
