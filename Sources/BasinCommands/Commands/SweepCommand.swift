import ArgumentParser
import Evaluations
import Foundation
import Runs
import Settings
import StableDynamics
import Training

struct SweepCommand: CheckedCommand, FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Train with many values of a few settings, and rank them.",
    discussion: """
      Trains every combination of the listed values, or --trials random draws, several processes beside \
      each other, and writes a table and a page with a chart. The trials are ranked by samples that are \
      held out of training, a tenth unless data.validationFraction says otherwise. Interrupted, or given \
      again, the same command goes on where it was.

      Example: basin sweep --method zubov-net --vary training.learningRate=1e-4..1e-2:log --trials 20 \
      --out runs/rates
      """)

  @Option(
    help: .init(
      "A setting with its values, KEY=VALUE,VALUE, or KEY=LOW..HIGH, or KEY=LOW..HIGH:log; may be "
        + "repeated.", valueName: "key=values"))
  var vary: [String] = []

  @Option(help: .init("Random draws; by default every combination.", valueName: "n"))
  var trials: Int?

  @Option(
    help: .init("Of the draws; that of trainings is a setting, --set seed=N.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: .init("Trainings at a time.", valueName: "n"))
  var processes = 1

  @OptionGroup var training: TrainingOptions

  @Option(help: .init("The folder of the sweep, a new one or its own.", valueName: "folder"))
  var out: String

  @OptionGroup var charts: ChartOptions
  @OptionGroup(title: "Configuration") var settings: ConfigurationOptions
  @OptionGroup(title: "Computation") var compute: ComputeOptions
  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var output: OutputOptions

  var files: CommandFiles {
    CommandFiles(sources: settings.sources + [.data(dataOptions)])
      .writing("--out", out, as: .folderOfRuns)
  }

  func validate() throws {
    guard !vary.isEmpty else {
      throw ValidationError(
        "--vary: expected a setting with its values, such as training.learningRate=1e-3,1e-2, found none"
      )
    }
    try SettingRange.integers(1...100_000).require("--trials", trials)
    try SettingRange.integers(1...1024).require("--processes", processes)
  }

  func check() throws { _ = try sweep() }

  private func sweep() throws -> Sweep {
    let overrides = try settings.overrides(
      flags: training.settings + compute.settings)
    return try Sweep(
      vary.map { try Variation($0) }, draws: trials, seed: seed, overrides: overrides)
  }

  func run() throws {
    let sweep = try sweep()
    let script = try VegaBundle.load()
    let renderer = try charts.renderer()
    let folder = SweepFolder(out)
    try folder.prepare(for: sweep)
    var entries: [SweepResult.Entry] = []
    var failure: Int32?
    var waiting: [Sweep.Trial] = []
    for trial in sweep.trials {
      if let outcome = try folder.outcome(of: trial) {
        entries.append(.init(trial, run: folder.run(of: trial), outcome: outcome))
      } else {
        waiting.append(trial)
      }
    }
    // Pipes, and what starting a process takes for a moment.
    try OpenFiles.require(others: 6 * processes)
    let pool = ProcessPool(places: processes)
    let interruption = try Interruption { pool.stop($0) }
    let progress = Progress("training", total: sweep.trials.count)
    progress.show(entries.count, of: sweep.trials.count)
    try pool.run(waiting.map { job(for: $0, in: folder) }) { index, end in
      let trial = waiting[index]
      if end.status == 0 {
        let outcome = try JSONDecoder().decode(SweepResult.Outcome.self, from: end.output)
        try folder.keep(outcome, of: trial)
        entries.append(.init(trial, run: folder.run(of: trial), outcome: outcome))
      } else if end.status != ExitStatus.interrupted.rawValue {
        let reason = folder.complaint(of: trial) ?? "exit code \(end.status)"
        StandardError.write("warning: trial \(trial.number) failed: \(reason)")
        entries.append(.init(trial, run: folder.run(of: trial), outcome: nil, failure: reason))
        failure = failure ?? end.status
      }
      progress.show(entries.count, of: sweep.trials.count)
    }
    progress.finish()
    withExtendedLifetime(interruption) {}
    if !entries.isEmpty {
      let result = SweepResult(sweep, entries: entries)
      try result.page.write(to: folder.page, vegaBundle: script)
      _ = try charts.write(result.page, beside: folder.page, by: renderer)
      try output.show(result, as: [.table(result.table), .text(folder.page.relativePath)])
    }
    guard entries.count == sweep.trials.count else {
      throw SweepInterrupted(folder: out, done: entries.count, total: sweep.trials.count)
    }
    if let failure, entries.allSatisfy({ $0.outcome == nil }) {
      throw SweepFailed(folder: out, exitCode: failure)
    }
  }

  private func job(for trial: Sweep.Trial, in folder: SweepFolder) -> ProcessPool.Job {
    let run = folder.run(of: trial)
    let start =
      run.exists
      ? ["--resume", run.path]
      : ["--config", folder.configuration(of: trial).relativePath, "--out", run.path]
    let data = dataOptions.dataRoot.map { ["--data-root", $0] } ?? []
    return .init(
      arguments: ["train"] + start + data + ["--format", "json"], log: folder.log(of: trial))
  }
}

/// A sweep that was asked to end; the trainings at work have written checkpoints.
private struct SweepInterrupted: CommandFailure {
  let folder: String
  let done: Int
  let total: Int
  var exitStatus: ExitStatus { .interrupted }
  var message: String {
    "\(folder): interrupted after \(done) of \(total) trials. Give the same command again to go on."
  }
}

/// A sweep of which no training came to its end.
private struct SweepFailed: CommandFailure {
  let folder: String
  let exitCode: Int32
  var exitStatus: ExitStatus { ExitStatus(rawValue: exitCode) ?? .internalError }
  var message: String { "\(folder): expected a training that comes to its end, found none" }
}
