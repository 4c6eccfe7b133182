import ArgumentParser
import Evaluations
import Foundation
import Reports
import Settings
import Studies

struct TheoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "theory", abstract: "Hold statements of theory against measurements.",
    subcommands: [Separability.self, Growth.self, Cells.self, States.self, Derivatives.self])

  struct Separability: ParsableCommand, FileWriting {
    static let configuration = CommandConfiguration(
      commandName: "separability",
      abstract: "Measure how often random points are convexly separable, beside Proposition 2.",
      discussion: """
        N points X1 and M points X2 are drawn uniformly from [-1, 1]^d; they are separable if no \
        point of X2 lies in the convex hull of X1.

        Example: basin theory separability --points 10,30 --trials 10000 --out separability.html
        """)

    @Option(help: .init("Values of d.", valueName: "list"))
    var dimensions = "1,2,3,4,5,6,8,10,12,16,24,32"

    @Option(help: .init("Values of N.", valueName: "list"))
    var points = "10,30,100"

    @Option(help: .init("M; by default as many as N.", valueName: "n"))
    var others: Int?

    @Option(help: .init("Draws of the points, for each d and N.", valueName: "n"))
    var trials = 1000

    @Option(help: .init("Of the draws.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: .init("A page with charts.", valueName: "file"))
    var out: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
      try SettingRange.pointCount.require("--others", others)
      try SettingRange.integers(1...10_000_000).require("--trials", trials)
    }

    var files: CommandFiles { CommandFiles().writing("--out", out) }

    func run() throws {
      let script = try out.map { _ in try VegaBundle.load() }
      let progress = Progress("drawing points")
      let study = try SeparabilityStudy.measure(
        dimensions: numbers("--dimensions", dimensions, in: .pointCount),
        pointCounts: numbers("--points", points, in: .pointCount), otherCount: others,
        trials: trials, seed: seed
      ) { done, total in progress.show(done, of: total) }
      progress.finish()
      if let out, let script {
        try study.page.write(to: URL(fileURLWithPath: out), vegaBundle: script)
      }
      try output.show(study, as: study.parts)
    }
  }
}

extension SettingRange {
  /// Points and their coordinates, all of which are drawn at once.
  fileprivate static let pointCount = integers(1...10_000)
}

extension SeparabilityStudy {
  fileprivate var parts: [OutputPart] {
    [.text(summary), .table(table), .table(datasetTable)] + notes.map(OutputPart.text)
  }
}
