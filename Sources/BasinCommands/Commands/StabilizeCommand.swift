import ArgumentParser
import Evaluations
import Foundation
import Runs
import Settings
import Training

struct StabilizeCommand: CheckedCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "stabilize",
    abstract: "Change a run's field as little as it takes to bound how fast trajectories separate.",
    discussion: """
      The logarithmic norm of the field's Jacobian, the largest eigenvalue of its symmetric part, is \
      brought under --bound for all slopes that the activation can have, by the smallest change found of \
      the field's weights (after De Marinis et al. 2025). Distances then grow by at most exp(bound T) \
      along the flow, whatever the images. The rest of the model stays as it is; the new run is measured \
      beside the old one, and the result goes to stabilization.json in its folder too.

      For fields A tanh(B h + b) + c, or another activation, of neural-ode, anode, tisode and zubov-net, \
      and the dense one of contractive-node, for which bounds can be below 0.

      Example: basin stabilize runs/first --bound 0.5 --out runs/stable
      """)

  @OptionGroup var model: RunOptions

  @Option(help: .init("What the logarithmic norm is at most.", valueName: "x"))
  var bound: Double

  @Option(help: .init("A new folder for the changed model.", valueName: "folder"))
  var out: String

  @Option(
    help: .init("Lists of `basin evaluate` for before and after, or none.", valueName: "list"))
  var attacks = "none"

  @OptionGroup var attacked: ComparedAttackOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try SettingRange.numbers(-1e6...1e6).require("--bound", bound)
  }

  var files: CommandFiles {
    CommandFiles(sources: model.sources + [.data(data)]).writing("--out", out, as: .run)
  }

  func check() throws { _ = try attacked.request(attacks: attacks) }

  func run() throws {
    let finding = try StabilizedRun(
      of: model.open(), into: RunFolder(out), bound: bound,
      attacked.request(attacks: attacks), locations: data.locations
    ).make()
    try output.show(finding, as: [.text(finding.summary), .table(finding.table)])
  }
}
