import ArgumentParser
import Experiments
import Foundation
import Reports

struct FigureCommand: ParsableCommand {
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

  func run() throws {
    options.compute.prepare()
    let study = try FigureStudy(
      number: number, runs: options.runs(), settings: options.accuracySettings)
    if options.plan {
      let plan = try study.work().plan()
      return try output.show(plan, as: [.table(plan.table)])
    }
    let script = try VegaBundle.load()
    let isComplete = try options.collect || options.carryOut(study.work())
    let (result, tables, files) = try study.draw(script: script)
    let page = try PaperPage(runs: study.runs, settings: study.settings).write(script: script)
    try output.show(
      result,
      as: tables.map(OutputPart.table) + result.conditions.map(OutputPart.text)
        + [.text("\(files.last!.relativePath), and all of them: \(page.relativePath)")])
    if !isComplete {
      throw EndedWith(
        exitStatus: .unavailable, message: "some runs are missing from the figure, see above")
    }
  }
}
