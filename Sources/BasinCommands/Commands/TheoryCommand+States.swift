import ArgumentParser
import Settings
import Studies

extension TheoryCommand {
  struct States: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "states",
      abstract: "Disturb the states of a model on cells, with its flow and without.",
      discussion: """
        Pushes for ever towards the nearest boundary, kicks, a field in bfloat16, and one with other \
        centres than the classifier. Documentation/Certified.md says what the flow is certified for.

        Example: basin theory states runs/cells --sizes 0.05,0.2
        """)

    @OptionGroup var model: RunOptions
    @OptionGroup var samples: SampleOptions

    @Option(help: .init("Of disturbances, in units of the state.", valueName: "list"))
    var sizes = "0.05,0.1,0.2,0.5"

    @Option(help: .init("Until when states are disturbed.", valueName: "x"))
    var horizon = 10.0

    @Option(help: .init("Of kicks and moves.", valueName: "n"))
    var seed: UInt64 = 0

    @OptionGroup var output: OutputOptions

    func validate() throws {
      try SettingRange.positive(upTo: 1e4).require("--horizon", horizon)
    }

    func run() throws {
      let sizes: [Double] = try numbers("--sizes", sizes, in: .positive(upTo: 1e3))
      let run = try model.open()
      let progress = Progress("disturbing states")
      let study = try StateStudy.measure(
        run, on: samples.samples(of: run), split: samples.split, limit: samples.limit,
        horizon: horizon, sizes: sizes, seed: seed
      ) { progress.show($0, of: $1) }
      progress.finish()
      try output.show(study, as: [.text(study.summary), .table(study.table)])
    }
  }
}
