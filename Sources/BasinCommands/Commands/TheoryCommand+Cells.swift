import ArgumentParser
import Settings
import Studies

extension TheoryCommand {
  struct Cells: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "cells",
      abstract: "Count the states that leave their cell, where a theorem says none and elsewhere.",
      discussion: """
        Fields of certified-cell with random weights are followed by several solvers and steps. \
        Documentation/Certified.md has the theorem and the figures of a million states. A state that \
        leaves where none may ends the command with 2.

        Example: basin theory cells --states 30000
        """)

    @Option(help: .init("States for each solver.", valueName: "n"))
    var states = 30_000

    @Option(help: .init("Until when they are followed.", valueName: "x"))
    var horizon = 40.0

    @Option(help: .init("What the weights of the fields are multiplied with.", valueName: "x"))
    var gain = 20.0

    @Option(help: .init("Of centres, weights and states.", valueName: "n"))
    var seed: UInt64 = 0

    @OptionGroup var output: OutputOptions

    func validate() throws {
      try SettingRange.integers(3...100_000_000).require("--states", states)
      try SettingRange.positive(upTo: 1e4).require("--horizon", horizon)
      try SettingRange.numbers(0...1e6).require("--gain", gain)
    }

    func run() throws {
      let progress = Progress("following states")
      let study = try CellStudy.measure(
        states: states, horizon: horizon, gain: gain, seed: seed
      ) { progress.show($0, of: $1) }
      progress.finish()
      try output.show(study, as: [.text(study.summary), .table(study.table)])
      if study.contradictsTheorem {
        throw EndedWith(
          exitStatus: .flagged, message: "a state left its cell by a covered method")
      }
    }
  }
}
