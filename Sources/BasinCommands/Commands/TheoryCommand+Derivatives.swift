import ArgumentParser
import Foundation
import Settings
import Studies

extension TheoryCommand {
  struct Derivatives: ParsableCommand, FileWriting {
    static let configuration = CommandConfiguration(
      commandName: "derivatives",
      abstract:
        "Learn a system's field from noisy trajectories, with a pre-trained operator and without.",
      discussion: """
        A system as for `basin roa` is simulated and seen with noise. Networks learn its field as a \
        Neural ODE does, from states alone, and with derivatives beside them: central differences, what \
        an operator reads from windows of samples, which has learned on symbolic functions alone, and \
        the true ones. All are compared with the true field on other trajectories. \
        Documentation/Family.md has figures.

        Example: basin theory derivatives Examples/Systems/pendulum.yaml --noise 0.05
        """)

    private static let defaults = DerivativeStudy.Request()

    @Argument(help: .init("The file of the system.", valueName: "system"))
    var system: String

    @Option(help: .init("As many to learn from as to test on.", valueName: "n"))
    var trajectories = Self.defaults.trajectories

    @Option(help: .init("Of a trajectory.", valueName: "n"))
    var samples = Self.defaults.samples

    @Option(help: .init("Time between two samples.", valueName: "x"))
    var spacing = Self.defaults.spacing

    @Option(help: .init("Its deviation, as a share of the box's half side.", valueName: "x"))
    var noise = Self.defaults.noise

    @Option(help: .init("Samples that the operator sees, an odd number.", valueName: "n"))
    var window = Self.defaults.window

    @Option(help: .init("Of derivatives beside states.", valueName: "x"))
    var weight = Self.defaults.weight

    @Option(help: .init("Steps of Adam for the operator.", valueName: "n"))
    var operatorSteps = Self.defaults.operatorSteps

    @Option(help: .init("Steps of Adam for each field.", valueName: "n"))
    var steps = Self.defaults.steps

    @Option(
      help: .init(
        "So many seeds of trajectories, noise and weights, from 0 on.", valueName: "n"))
    var seeds = Self.defaults.seeds.count

    @OptionGroup var compute: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      try SettingRange.integers(1...10_000).require("--trajectories", trajectories)
      try SettingRange.integers(5...10_000).require("--samples", samples)
      try SettingRange.positive(upTo: 1e3).require("--spacing", spacing)
      try SettingRange.numbers(0...1e3).require("--noise", noise)
      try SettingRange.integers(3...999).require("--window", window)
      try SettingRange.numbers(0...1e6).require("--weight", weight)
      try SettingRange.integers(0...1_000_000).require("--operator-steps", operatorSteps)
      try SettingRange.integers(0...1_000_000).require("--steps", steps)
      try SettingRange.integers(1...10_000).require("--seeds", seeds)
      guard window % 2 == 1, window <= samples else {
        throw ValidationError(
          "--window: expected an odd number up to --samples, \(samples), found \(window)")
      }
    }

    var files: CommandFiles { CommandFiles().reading(system) }

    func run() throws {
      compute.prepare()
      let file = try SystemFile(contentsOf: URL(fileURLWithPath: system))
      var request = DerivativeStudy.Request()
      request.trajectories = trajectories
      request.samples = samples
      request.spacing = spacing
      request.noise = noise
      request.window = window
      request.weight = weight
      request.operatorSteps = operatorSteps
      request.steps = steps
      request.seeds = Array(0..<UInt64(seeds))
      let progress = Progress("fitting fields")
      let study = try DerivativeStudy.measure(file.system, named: file.name, request) {
        progress.show($0, of: $1)
      }
      progress.finish()
      try output.show(
        study, as: [.text(study.summary), .table(study.table), .table(study.libraryTable)])
    }
  }
}
