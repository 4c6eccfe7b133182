import ArgumentParser
import Evaluations
import Foundation
import Reports
import Runs
import Settings
import Studies
import Verification

extension TheoryCommand {
  struct Growth: ParsableCommand, FileWriting {
    static let configuration = CommandConfiguration(
      commandName: "growth",
      abstract: "Measure how the proof of a region of attraction grows with the number of states.",
      discussion: """
        The systems are rings of cells with two stable states each, dx_i/dt = -x_i + x_i^3 + 0.2 \
        (x_{i+1} - x_i), in the box [-1.3, 1.3]^d; each is treated as `basin roa` treats a user's.

        Example: basin theory growth --dimensions 2,3 --out growth.html
        """)

    @Option(help: .init("Numbers of states.", valueName: "list"))
    var dimensions = "2,3,4"

    @Option(help: .init("Of samples and of the networks' first weights.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: .init("Seconds for each number of states.", valueName: "seconds"))
    var timeLimit = 600.0

    @OptionGroup var compute: ThreadOptions
    @OptionGroup var output: StudyOutputOptions

    func validate() throws {
      try SettingRange.positive(upTo: 1e7).require("--time-limit", timeLimit)
    }

    var files: CommandFiles { output.files }

    func run() throws {
      compute.prepare()
      let dimensions: [Int] = try numbers(
        "--dimensions", dimensions, in: .integers(1...DynamicalSystem.mostStates))
      try output.show {
        let growth = try AttractionGrowth(
          dimensions: dimensions,
          settings: { dimension in
            var settings = AttractionSearch.Settings(dimension: dimension)
            settings.fit.seed = seed
            settings.timeLimit = timeLimit
            return settings
          }, progress: { StandardError.write("growth: \($0) states: \($1)") })
        return GrowthResult(seed: seed, entries: growth.entries)
      }
    }
  }
}

/// What `basin theory growth` prints.
private struct GrowthResult: ChartedFinding {
  private(set) var schemaVersion = GrowthResult.currentSchemaVersion
  var title: String { "Proofs of regions of attraction over the number of states" }
  var problem: String {
    "Rings of cells with two stable states, coupling \(AttractionGrowth.coupling)"
  }
  let seed: UInt64
  let entries: [AttractionGrowth.Entry]

  var table: Table {
    Table(
      caption: problem,
      columns: [
        .number("states"), .number("share proven, %"), .number("quadratic, %"), .number("boxes"),
        .number("proving, s"), .number("in all, s"),
      ],
      rows: entries.map { entry in
        [
          "\(entry.dimension)", entry.learned.map { .percentage($0.share) } ?? .missing,
          entry.quadratic.map { .percentage($0.share) } ?? .missing,
          entry.learned.map { "\($0.boxes)" } ?? .missing, .number(entry.provingSeconds),
          .number(entry.seconds),
        ]
      })
  }

  var chart: LineChart {
    func series(_ name: String, _ value: (AttractionGrowth.Entry) -> Double?) -> LineChart.Series {
      .init(
        name,
        entries.compactMap { entry in value(entry).map { (x: Double(entry.dimension), y: $0) } })
    }
    return LineChart(
      title: title, summary: "The learned function's proof.", xTitle: "states",
      yTitle: "boxes, seconds", yScale: .logarithmic,
      series: [
        series("boxes") { $0.learned.map { Double($0.boxes) } },
        series("seconds of proving") { $0.learned == nil ? nil : $0.provingSeconds },
        series("seconds in all", \.seconds),
      ])
  }
}
