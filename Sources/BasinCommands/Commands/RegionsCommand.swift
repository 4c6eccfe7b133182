import ArgumentParser
import Evaluations
import Foundation
import Reports
import Runs
import Settings
import Training
import Verification

struct RegionsCommand: ParsableCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "regions",
    abstract: "Measure how well prescribed regions match true basins of attraction.",
    discussion: """
      The paper's guarantees assume that they match exactly. What a model prescribes is measured by \
      its own equation, and its decision cells by one that is the same for all models. For \
      two-dimensional states the result has their intersection over union and all that the report \
      draws, before and after training. It goes to regions.json in the run's folder too.
      """)

  @OptionGroup var model: RunOptions
  @OptionGroup var samples: SampleOptions

  @Option(help: .init("Where the JSON goes instead of the run's folder.", valueName: "file"))
  var out: String?

  @Flag(
    help: .init(
      "Prove, with bounds instead of a grid, how much of each cell is attracted to its equilibrium."
    ))
  var verify = false

  @Option(
    help: .init(
      "With --verify: where cell-CLASS.safetensors go, which `basin verify --check` goes through again.",
      valueName: "folder"))
  var certificates: String?

  @Option(help: .init("With --verify: seconds for each class (120).", valueName: "seconds"))
  var timeLimit: Double?

  @Option(
    help: .init("With --verify: boxes of each part of a class's proof (10000000).", valueName: "n"))
  var boxes: Int?

  @Option(
    help: .init(
      """
      With --verify: where proofs are kept, those that a limit or Ctrl-C stopped too. If the file is \
      there, the search goes on from it.
      """,
      valueName: "file"))
  var checkpoint: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try SettingRange.positive(upTo: 1e7).require("--time-limit", timeLimit)
    try SettingRange.integers(1...1_000_000_000).require("--boxes", boxes)
    let given = [
      ("--certificates", certificates != nil), ("--time-limit", timeLimit != nil),
      ("--boxes", boxes != nil), ("--checkpoint", checkpoint != nil),
    ]
    if !verify, let name = given.first(where: \.1)?.0 {
      throw ValidationError("\(name): expected --verify with it, found none")
    }
  }

  var files: CommandFiles {
    CommandFiles(sources: model.sources + samples.sources)
      .writing("--out", out ?? model.folder?.regions.relativePath, ownFile: "regions.json")
      .writing("--checkpoint", checkpoint)
      .writing("--certificates", certificates, as: .folderOfRuns)
  }

  func run() throws {
    let run = try model.open()
    let interruption = try verify ? Interruption() : nil
    let settings = try verify ? verification(interruption) : nil
    let study = try RegionStudy.measure(
      run, on: samples.samples(of: run), split: samples.split, limit: samples.limit,
      verification: settings, certificate: write,
      progress: { StandardError.write("regions: \($0)") })
    if let checkpoint { try settings?.journal.write(to: checkpoint) }
    if let file = out.map({ URL(fileURLWithPath: $0) }) ?? run.folder?.regions {
      try study.write(to: file)
    }
    try output.show(study, as: study.parts)
    if interruption?.isRequested == true {
      throw EndedWith(
        exitStatus: .interrupted,
        message: "\(model.run): interrupted; what was proven is shown"
          + ProofJournal.advice(checkpoint))
    }
  }

  private func verification(
    _ interruption: Interruption?
  ) throws -> RegionVerification.Settings {
    var settings = RegionVerification.Settings()
    if let timeLimit { settings.seconds = timeLimit }
    if let boxes { settings.search.boxLimit = boxes }
    settings.journal = try .opened(checkpoint, subject: "cells")
    settings.isCancelled = { interruption?.isRequested ?? false }
    return settings
  }

  /// Writes the certificate of a class's cell.
  private func write(_ classIndex: Int, _ certificate: AttractionCertificate) throws {
    guard let certificates else { return }
    let folder = URL(fileURLWithPath: certificates)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try certificate.write(to: folder.appending(path: "cell-\(classIndex).safetensors").path)
  }
}

extension RegionStudy {
  fileprivate var parts: [OutputPart] {
    let tables = [
      residualTable, cellResidualTable, containmentTable, figureTable, overlapTable,
      verificationTable,
    ]
    return [.text(summary)] + tables.compactMap { $0.map(OutputPart.table) }
  }
}
