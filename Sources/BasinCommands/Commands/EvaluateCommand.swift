import ArgumentParser
import Datasets
import Distributed
import Evaluations
import Foundation
import Reports
import Robustness
import Runs
import Settings

struct EvaluateCommand: CheckedCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure a model on clean, corrupted and attacked images.",
    discussion: """
      Attacks run in pixel space; every adversarial example is checked by a fresh forward pass and \
      saved. Results go to evaluation.json in the run's folder too. An evaluation that was stopped, \
      however it was, goes on where it stopped when the same command is given again; others may be \
      made in between or at the same time.

      Several processes share an evaluation if `basin launch`, torchrun or srun starts them and they \
      see the run's folder in one file system.

      --model takes a model that PyTorch has traced instead of a run; Documentation/BringYourOwn.md has \
      the two lines that trace one. Give --out to keep what is found. \
      With --protocol paper-normalized, --normalization is what is usual for the data by default.

      Example: basin evaluate runs/first --attacks pgd --epsilons 8/255,0.1 --corruptions none
      """)

  @OptionGroup var model: SubjectOptions
  @OptionGroup var samples: SampleOptions

  @Option(
    help: .init(
      "all (by default; of points noise), paper (the paper's eight), noise, none, or "
        + "\(names(CorruptionCatalog.entries.map(\.name))).", valueName: "list"))
  var corruptions: String?

  @Option(help: .init("JPEG and PNG pictures of frosted glass, for frost.", valueName: "folder"))
  var frostPictures: String?

  @Option(help: .init("Of corruptions: all, or numbers from 1 to 5.", valueName: "list"))
  var severities = "all"

  @Option(
    help: .init(
      "\(names(AttackCatalog.suites.map(\.key))), or \(names(AttackCatalog.entries.map(\.name))).",
      valueName: "list"))
  var attacks = "quick"

  @Option(
    help: .init(
      "Other runs of the same data: examples made on each are tried too.", valueName: "runs"))
  var transfer: String?

  @Option(help: .init("Budgets in the norm of pixels in [0, 1].", valueName: "list"))
  var epsilons = "8/255"

  @Option(help: "The norm of budgets: Linf or L2.")
  var norm = ThreatModel.Norm.linf

  @Flag(help: "Attack only what earlier attacks and smaller budgets left: the worst case, sooner.")
  var cascade = false

  @Option(
    help: .init(
      "full; or mixed: attacks look for examples with features in bfloat16, which is quicker on some "
        + "processors. Each is verified in full precision.", valueName: "name"))
  var attackPrecision = AttackPrecision.full

  @Option(
    help: .init(
      "strict; paper: the paper's steps, on its logits alone; or paper-normalized: what attacks of "
        + "its own list report if they clamp normalised images to [0, 1], which is no robustness.",
      valueName: "name"))
  var `protocol` = ProtocolChoice.strict

  @Option(
    help: .init(
      "Clean and attacked accuracy at each of these tolerances of the solver in use, attacked also by "
        + "what breaks the finest: a gain that this takes back is masking.", valueName: "list"))
  var solverTolerance: String?

  @Flag(help: "Exit with 2 if an audit raises a flag.")
  var strict = false

  @Option(help: .init("Of every random draw.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: .init("Images at once.", valueName: "n"))
  var batchSize = 128

  @Option(
    help: .init(
      "Check the adversarial examples of this file instead of making new ones.", valueName: "file"))
  var verify: String?

  @Option(
    help: .init(
      "Where the JSON goes instead of the run's folder; adversarial examples go beside it.",
      valueName: "file"))
  var out: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try SettingRange.batchSize.require("--batch-size", batchSize)
    if solverTolerance != nil,
      verify != nil || `protocol` == .paperNormalized || model.external.model != nil
    {
      throw ValidationError(
        "--solver-tolerance: expected without --verify, --model and --protocol paper-normalized")
    }
    if `protocol` == .paperNormalized, let normalization = model.external.normalization,
      normalization.value == nil
    {
      throw ValidationError(
        "--protocol paper-normalized: expected numbers, found --normalization none")
    }
    if `protocol` != .paperNormalized, model.external.model == nil,
      model.external.normalization != nil
    {
      throw ValidationError(
        "--normalization goes with --model or --protocol paper-normalized; a run knows its own")
    }
    if attackPrecision != .full, model.external.model != nil || `protocol` == .paperNormalized {
      throw ValidationError(
        "--attack-precision \(attackPrecision): expected without --model, whose features are not "
          + "known apart, and --protocol paper-normalized")
    }
    if `protocol` == .paperNormalized, model.external.model != nil {
      throw ValidationError("--protocol paper-normalized is a study of runs, not of --model")
    }
  }

  var files: CommandFiles {
    let others = (transfer ?? "").split(separator: ",").map { CommandFiles.Source.run(String($0)) }
    let files = CommandFiles(sources: model.sources + samples.sources + others)
      .reading(verify, frostPictures)
    if verify != nil { return files.writing("--out", out) }
    if `protocol` == .paperNormalized {
      return files.writing(
        "--out", out ?? model.folder?.misplacedClamp.relativePath, ownFile: "paper-normalized.json")
    }
    if solverTolerance != nil {
      return files.writing(
        "--out", out ?? model.folder?.tolerances.relativePath, ownFile: "tolerances.json")
    }
    let places = EvaluationFiles(out: out, folder: model.folder)
    return files.writing("--out", places?.evaluation.relativePath, ownFile: "evaluation.json")
      .writing(
        "the examples of --out", places?.examples.relativePath, ownFile: "adversarial.safetensors")
  }

  func check() throws {
    _ = try request()
    if let solverTolerance { _ = try ToleranceFinding.tolerances(solverTolerance) }
  }

  /// What is to be measured; without corruptions where they depend on the data.
  private func request() throws -> EvaluationRequest {
    var request = try EvaluationRequest(
      corruptions: corruptions ?? "none", frostPictures: frostPictures, severities: severities,
      attacks: attacks, epsilons: epsilons,
      norm: norm, isCascade: cascade, evaluationProtocol: `protocol`.evaluationProtocol,
      limit: samples.limit,
      batchSize: batchSize, seed: seed)
    request.split = samples.split
    request.evaluation.attackPrecision = attackPrecision
    return request
  }

  func run() throws {
    var request = try request()
    let group = try sharing()
    if let verify { return try check(verify) }

    let run = try model.open(with: samples.data, for: group)
    let data = try samples.samples(of: run)
    request.evaluation.attackPrecision = attackPrecision.available(on: run.device)
    if request.evaluation.attackPrecision != attackPrecision {
      StandardError.write(
        "basin: attacks look for examples in full precision: the processor has no instructions for "
          + "bfloat16")
    }
    if let note = try run.features?.budgetNote(ofData: run.dataName) {
      StandardError.write("basin: \(note)")
    }
    if corruptions == nil {
      try request.useCorruptions(
        named: data.sampleShape.count == 3 ? "all" : "noise", severities: severities,
        frostPictures: frostPictures)
    }
    for path in transfer?.split(separator: ",").map(String.init) ?? [] {
      try request.addTransfer(
        from: Run.open(path, device: model.compute.device, group: group), to: run)
    }
    if `protocol` == .paperNormalized, let run = run as? Run {
      return try studyMisplacedClamp(run, data, request)
    }
    if let solverTolerance, let run = run as? Run {
      return try studyTolerances(solverTolerance, run, data, request)
    }
    let files = EvaluationFiles(out: out, folder: model.folder)
    let journal = try files.map { try self.journal(at: $0, group, run, data, request) }
    if let group, !group.isFirst { return }
    request.evaluation.journal = journal
    let progress = Progress("evaluating")
    let (evaluation, examples) = try Evaluation.measure(run, on: data, request) {
      progress.show($0)
    }
    progress.finish()
    if let files, let journal {
      try EvaluationJournals(at: files.journals).close(journal) {
        try AdversarialSet(examples, of: evaluation, sampleShape: data.sampleShape)
          .write(to: files.examples.relativePath)
        try evaluation.write(to: files.evaluation)
        if let all = files.evaluations {
          try FileManager.default.createDirectory(at: all, withIntermediateDirectories: true)
          try evaluation.write(to: all.appendingPathComponent("\(journal.name).json"))
        }
      }
    } else {
      StandardError.write("basin: nothing is saved, for want of a run folder; --out FILE saves it")
    }
    try output.show(evaluation, as: evaluation.parts)
    try end(evaluation.result.isFlagged, "an audit raised a flag")
  }

  /// The processes that share this evaluation; nil for one alone.
  ///
  /// - Throws: `DistributedError` of kind `unsupported` for what only one process can do.
  private func sharing() throws -> ProcessGroup? {
    guard let group = try ProcessGroup.launched() else { return nil }
    let isRunFolder = (try? FileManager.default.contentsOfDirectory(atPath: model.path)) != nil
    let obstacle =
      verify != nil
      ? "--verify"
      : solverTolerance != nil
        ? "--solver-tolerance"
        : `protocol` == .paperNormalized ? "--protocol paper-normalized" : nil
    guard obstacle == nil, out != nil || isRunFolder else {
      throw DistributedError(
        .unsupported, expected: "an evaluation that processes can share",
        found: obstacle ?? "a model file without --out",
        remedy: obstacle == nil ? "Say with --out where it is kept." : "Use one process.")
    }
    return group
  }

  /// The journal of the evaluation, with the parts of all processes if there are several.
  private func journal(
    at files: EvaluationFiles, _ group: ProcessGroup?, _ run: any EvaluationSubject,
    _ data: LabelledSamples,
    _ request: EvaluationRequest
  ) throws -> JournalFolder {
    let journals = EvaluationJournals(at: files.journals)
    guard let group else {
      let journal = try journals.open(request.journalKey(of: run, on: data))
      if journal.count > 0 {
        StandardError.write(
          "basin: going on from \(journal.count) outcomes of a stopped evaluation")
      }
      return journal
    }
    let progress = group.isFirst ? Progress("evaluating a part") : nil
    do {
      let journal = try SharedEvaluation(group).fillJournal(
        in: journals, of: run, on: data, request
      ) {
        progress?.show($0)
      }
      progress?.finish()
      if group.isFirst {
        StandardError.write(
          "basin: joining \(journal.count) outcomes of \(group.size) processes")
      }
      return journal
    } catch let error as DistributedError where error.kind == .lost {
      throw EndedWith(
        exitStatus: .unavailable,
        message: "\(run.path): another process of this evaluation was lost (\(error.found)). What "
          + "was found is kept: give the same command again, with any number of processes.")
    }
  }

  private func check(_ path: String) throws {
    let set = try AdversarialSet(contentsOf: path)
    let run = try model.open(with: samples.data)
    let verification = try Verification.of(
      set, at: path, run: run, samples: run.samples(set.split, in: samples.data.locations))
    if let out { try verification.write(to: URL(fileURLWithPath: out)) }
    if !verification.isOfThisModel {
      StandardError.write(
        "basin: \(path) was made of another model or configuration than \(run.path)")
    }
    if let fault = PixelRange(set.images).fault {
      StandardError.write(
        "basin: \(path): expected pixels in [0, 1], found \(fault.pixel) in image "
          + "\(fault.position), which is not allowed. \(fault.remedy)")
    }
    try output.show(verification, as: [.table(verification.table)])
    try end(!verification.holds, "some examples are not allowed or do not break the model")
  }

  func end(_ isFlagged: Bool, _ message: String) throws {
    if strict, isFlagged { throw EndedWith(exitStatus: .flagged, message: message) }
  }
}

private func names(_ names: [String]) -> String { names.joined(separator: ", ") }

extension ThreatModel.Norm: ExpressibleByArgument {}
extension AttackPrecision: ExpressibleByArgument {}

/// Where an evaluation is kept.
private struct EvaluationFiles {
  let evaluation: URL
  let examples: URL
  /// What is found before the end.
  let journals: URL
  /// The latest evaluation of every request; nil where the user said where this one goes.
  let evaluations: URL?

  /// In a run's folder, or where the user said; nil if neither is known.
  init?(out: String?, folder: RunFolder?) {
    if let out {
      evaluation = URL(fileURLWithPath: out)
      let name = evaluation.deletingPathExtension().lastPathComponent
      examples = Evaluation.examples(beside: evaluation)
      journals = evaluation.deletingLastPathComponent().appendingPathComponent("\(name).journal")
      evaluations = nil
    } else if let folder {
      evaluation = folder.evaluation
      examples = folder.adversarialExamples
      journals = folder.url.appendingPathComponent("evaluation.journal")
      evaluations = folder.evaluations
    } else {
      return nil
    }
  }
}

extension Evaluation {
  fileprivate var parts: [OutputPart] {
    [.text(summary)]
      + [accuracyTable, breakTable, corruptionTable, auditTable]
      .compactMap { $0.map(OutputPart.table) }
  }
}
