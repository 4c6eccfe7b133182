import ArgumentParser
import Evaluations
import Foundation
import Reports
import Settings
import StableDynamics
import Studies
import Training
import Verification

struct RoaCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "roa",
    abstract: "Prove how large the region of attraction of a system is at least.",
    discussion: """
      The system is a YAML file with states, equations (or a network), an equilibrium and a box: see \
      Examples/Systems. A function is learned whose proven level set is as large as can be, beside a \
      quadratic one; what is proven holds for the equations as they are written, rounding included. \
      Whatever is proven when the time is up or Ctrl-C is pressed is kept, and with --checkpoint the same \
      command goes on there. With --strict, 2 says that nothing is proven or the search was not done.

      Example: basin roa Examples/Systems/pendulum.yaml --out pendulum.html
      """)

  @Argument(help: .init("The file of the system.", valueName: "system"))
  var system: String

  @Option(
    help: .init("Of samples, of the network's first weights and of the search.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    help: .init("Seconds, after which the best that is proven is kept.", valueName: "seconds"))
  var timeLimit = 600.0

  @Option(help: .init("Boxes of one proof.", valueName: "n"))
  var boxes = 10_000_000

  @Option(help: .init("Trajectories that are learned from.", valueName: "n"))
  var samples: Int?

  @Option(help: .init("Units of the network's two hidden layers.", valueName: "n"))
  var units = 20

  @Option(help: .init("Points of the simulated truth along each axis.", valueName: "n"))
  var grid: Int?

  @Flag(help: "Only prove what a quadratic function can.")
  var quadratic = false

  @Flag(help: "Exit with 2 if nothing is proven, or if the search ended at a limit.")
  var strict = false

  @Option(help: .init("A page with pictures.", valueName: "file"))
  var out: String?

  @Option(
    help: .init(
      "The proof of the best region as a file that can be checked without the search.",
      valueName: "file"))
  var certificate: String?

  @Option(
    help: .init(
      """
      Where proofs are kept, one that a limit or Ctrl-C stopped too. If the file is there, the search \
      goes on from it.
      """,
      valueName: "file"))
  var checkpoint: String?

  @OptionGroup var charts: ChartOptions
  @OptionGroup var compute: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try SettingRange.positive(upTo: 1e7).require("--time-limit", timeLimit)
    try SettingRange.integers(1...1_000_000_000).require("--boxes", boxes)
    try SettingRange.integers(20...1_000_000).require("--samples", samples)
    try SettingRange.integers(1...200).require("--units", units)
    try SettingRange.integers(2...2000).require("--grid", grid)
    try charts.requirePage(out)
  }

  var files: CommandFiles {
    CommandFiles()
      .reading(system)
      .writing("--out", out)
      .writing("--certificate", certificate)
      .writing("--checkpoint", checkpoint)
  }

  func run() throws {
    let script = try out.map { _ in try VegaBundle.load() }
    let renderer = try charts.renderer()
    compute.prepare()
    let file = try SystemFile(contentsOf: URL(fileURLWithPath: system))
    let interruption = try Interruption()
    let settings = try settings(for: file)
    let journal = try ProofJournal.opened(
      checkpoint, subject: try AttractionStudy.subject(of: file, settings))
    let (study, proof) = try AttractionStudy.search(
      file, settings: settings, journal: journal,
      progress: { StandardError.write("roa: \($0.rawValue): \($1)") },
      isCancelled: { interruption.isRequested })
    if let checkpoint { try journal.write(to: checkpoint) }
    if let certificate, let proof {
      try AttractionCertificate(proof, title: study.title).write(to: certificate)
    }
    if let out, let script {
      try study.page.write(to: URL(fileURLWithPath: out), vegaBundle: script)
      _ = try charts.write(study.page, beside: URL(fileURLWithPath: out), by: renderer)
    }
    try output.show(study, as: study.parts)
    if interruption.isRequested {
      throw EndedWith(
        exitStatus: .interrupted,
        message: "\(system): interrupted; what was proven is shown"
          + ProofJournal.advice(checkpoint))
    }
    if strict, study.best == nil || !study.isComplete {
      throw EndedWith(
        exitStatus: .flagged,
        message: "\(system): "
          + (study.best == nil ? "nothing is proven" : "the search ended at a limit"))
    }
  }

  private func settings(for file: SystemFile) throws -> AttractionSearch.Settings {
    let dimension = file.system.dimension
    var settings = AttractionSearch.Settings(dimension: dimension)
    settings.fit.seed = seed
    if let samples { settings.fit.samples = samples }
    settings.fit.hidden = [units, units]
    settings.timeLimit = timeLimit
    settings.boxLimit = boxes
    settings.isLearning = !quadratic
    settings.resolution = grid
    if let grid, pow(Double(grid), Double(dimension)) > 4e6 {
      throw InvalidOption(
        "--grid: expected at most 4000000 points in all, found \(grid) along each of \(dimension) axes"
      )
    }
    return settings
  }
}

extension AttractionStudy {
  fileprivate var parts: [OutputPart] {
    [.text(summary), .table(table), .table(timeTable)] + notes.map(OutputPart.text)
  }
}
