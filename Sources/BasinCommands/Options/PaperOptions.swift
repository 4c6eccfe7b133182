import ArgumentParser
import Evaluations
import Failures
import Foundation
import Reports
import Robustness
import Runs
import Settings
import Studies
import Training

/// The runs behind tables and figures of the paper.
struct PaperOptions: ParsableArguments {
  @Option(help: .init("One of `basin data list`.", valueName: "name"))
  var data = "cifar10"

  @Option(help: .init("Rows by the name of their runs; by default all.", valueName: "list"))
  var methods: String?

  @Option(help: .init("Passes over the training images; the paper's 140.", valueName: "n"))
  var epochs: Int?

  @Option(help: .init("So many seeds, from 0 on.", valueName: "n"))
  var seeds = 3

  @Option(
    help: .init("Channels of ResNet-18's first stage; the paper's 64.", valueName: "n"))
  var width: Int?

  @Option(help: .init("Learn from the first so many training images.", valueName: "n"))
  var trainLimit: Int?

  @OptionGroup var charts: ChartOptions

  @Option(help: .init("Measure on the first so many test images.", valueName: "n"))
  var limit: Int?

  @Option(help: .init("Of corruptions: all, or numbers from 1 to 5.", valueName: "list"))
  var severities = "all"

  @Option(help: .init("strict or paper, as in `basin evaluate`.", valueName: "name"))
  var `protocol` = EvaluationProtocol.strict

  @Option(help: .init("The folder of the runs; by default runs/paper-DATA.", valueName: "folder"))
  var out: String?

  @Flag(help: "Say what is missing and how long it is likely to take, and end.")
  var plan = false

  @Flag(help: "Show what has been measured so far, and end.")
  var collect = false

  @OptionGroup(title: "Configuration") var settings: ConfigurationOptions
  @OptionGroup(title: "Computation") var compute: ComputeOptions
  @OptionGroup var dataOptions: DataOptions

  func validate() throws {
    try SettingRange.integers(1...10_000).require("--seeds", seeds)
    try SettingRange.epochs.require("--epochs", epochs)
    try SettingRange.width.require("--width", width)
    try SettingRange.samples.require("--train-limit", trainLimit)
    try SettingRange.samples.require("--limit", limit)
    if plan, collect { throw ValidationError("--plan and --collect exclude each other") }
  }

  func runs() throws -> PaperRuns {
    let overrides = try settings.overrides(
      flags: [
        .flag("--epochs", "training", "epochs", value: epochs),
        .flag("--train-limit", "data", "limit", value: trainLimit),
      ] + compute.settings)
    return PaperRuns(
      data: data, folder: out, seeds: (0..<UInt64(seeds)).map { $0 }, overrides: overrides,
      width: width, locations: dataOptions.locations)
  }

  var files: CommandFiles {
    CommandFiles(sources: settings.sources + [.data(dataOptions), .dataSet(data)])
      .writing("--out", PaperRuns(data: data, folder: out).folder, as: .folderOfRuns)
  }

  var accuracySettings: PaperAccuracySettings {
    PaperAccuracySettings(
      evaluationProtocol: `protocol`, limit: limit, severities: severities)
  }

  var rowNames: [String]? {
    methods.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
  }

  /// Plans, collects or makes a table or a figure, as was asked.
  ///
  /// - Throws: `EndedWith` if some runs are missing from what was made.
  func make(
    output: OutputOptions, _ study: (PaperRuns) throws -> some PaperStudy
  ) throws {
    compute.prepare()
    let study = try study(runs())
    if plan {
      let plan = try study.work().plan()
      return try output.show(plan, as: [.table(plan.table)])
    }
    let script = try VegaBundle.load()
    let renderer = try charts.renderer()
    let isComplete = try collect || carryOut(study.work())
    try requireRuns(of: study)
    let outcome = try study.outcome()
    let files = try study.write(outcome, script: script)
    _ = try charts.write(study.page(of: outcome), beside: files.last!, by: renderer)
    let page = try PaperPage(runs: study.runs, settings: study.settings).write(script: script)
    try output.show(
      outcome.result,
      as: outcome.tables.map(OutputPart.table) + outcome.conditions.map(OutputPart.text)
        + [.text("\(files.last!.relativePath), and all of them: \(page.relativePath)")])
    if !isComplete {
      throw EndedWith(
        exitStatus: .unavailable, message: "some runs are missing from \(study.name), see above")
    }
  }

  /// Without a folder of runs there is nothing to show, nor a place for it.
  private func requireRuns(of study: some PaperStudy) throws {
    let folder = study.runs.folder
    guard !FileManager.default.fileExists(atPath: folder) else { return }
    guard collect else {
      throw EndedWith(
        exitStatus: .unavailable, message: "no run of \(study.name) could be made, see above")
    }
    throw Failure(
      .missing, at: folder, expected: "a folder of runs to collect from", found: "none",
      remedy: "Name the folder with --out, or leave --collect out and the runs are made.")
  }

  /// Does what is missing.
  ///
  /// - Returns: whether all of it is done.
  private func carryOut(_ work: PaperWork) throws -> Bool {
    let interruption = try Interruption { _ in
      StandardError.write("basin: finishing the step and keeping what there is")
    }
    let outcome = try work.carryOut {
      interruption.isRequested
    } say: {
      StandardError.write("basin: \($0)")
    }
    if !outcome.left.isEmpty {
      StandardError.write(
        "basin: others are at work on \(outcome.left.count) runs; the same command collects them")
    }
    return outcome.failures.isEmpty && outcome.left.isEmpty
  }
}

extension EvaluationProtocol: ExpressibleByArgument {}

extension PaperWork.Plan {
  var table: Table {
    Table(
      caption: "\(done) runs lack nothing; \(entries.count) tasks are left, about "
        + "\(Self.duration(seconds)) where it can be told",
      columns: [.init("run"), .init("task"), .number("estimate")],
      rows: entries.map {
        [.init($0.run), .init($0.task), $0.seconds.map { .init(Self.duration($0)) } ?? .missing]
      })
  }

  static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e12).rounded())
    return whole < 3600
      ? String(format: "%d:%02d", whole / 60, whole % 60)
      : String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }
}
