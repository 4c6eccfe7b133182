import ArgumentParser
import Distributed
import Foundation
import Reports
import Runs
import Studies
import Tensors
import Training

struct TrainCommand: CheckedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model, or continue a training.",
    discussion: """
      A training can be interrupted with Ctrl-C: it writes a checkpoint and exits with 130. \
      Continued with --resume, it ends with the same weights as one that was never interrupted.

      Several processes share a training if `basin launch`, torchrun or srun starts them.

      Example: basin train --method zubov-net --data digits --epochs 30 --out runs/first
      """)

  @OptionGroup var training: TrainingOptions

  @Option(help: .init("Of the initial weights, the order and every draw.", valueName: "n"))
  var seed: Int?

  @Option(
    help: .init(
      "A new folder for the run; by default runs/METHOD-DATA-seedN.", valueName: "folder"))
  var out: String?

  @Option(
    help: .init("Continue the run in this folder from its last checkpoint.", valueName: "folder"))
  var resume: String?

  @Flag(help: "Say what memory and time it will take, by steps tried and thrown away, and end.")
  var plan = false

  @OptionGroup(title: "Configuration") var settings: ConfigurationOptions
  @OptionGroup(title: "Computation") var compute: ComputeOptions
  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if plan, resume != nil || out != nil {
      throw ValidationError("--plan begins no run: leave out --resume and --out")
    }
    if resume != nil, out != nil {
      throw ValidationError("--resume continues in the run's own folder: leave out --out")
    }
  }

  func check() throws {
    let overrides = try overrides()
    guard resume == nil else { return }
    _ = try Configuration.resolved(overrides).data.augmentations
  }

  func run() throws {
    compute.prepare()
    if plan {
      let plan = try TrainingPlan(
        Configuration.resolved(overrides()), locations: dataOptions.locations)
      return try output.show(plan, as: plan.text)
    }
    let group = try ProcessGroup.launched()
    let interruption = try Interruption { _ in
      StandardError.write("basin: finishing the step and writing a checkpoint")
    }
    let overrides = try overrides()
    let locations = dataOptions.locations
    let trainer =
      if let resume {
        try Trainer.resuming(
          RunFolder(resume), overrides: overrides, locations: locations, group: group)
      } else {
        try Trainer.starting(
          Configuration.resolved(overrides), in: out.map { RunFolder($0) }, locations: locations,
          group: group)
      }
    let summary = try trainer.train { interruption.isRequested }
    guard group?.isFirst ?? true else { return }
    let result = TrainingResult(trainer, summary)
    try output.show(result, as: result.text)
  }

  /// The user's settings.
  private func overrides() throws -> [ConfigurationOverride] {
    try settings.overrides(
      flags: training.settings + [
        .flag("--seed", "seed", value: seed)
      ] + compute.settings)
  }
}

extension TrainingPlan {
  var text: String {
    let gibibyte = Double(1 << 30)
    var lines = [
      "\(method) on \(data): \(epochs) epochs of \(steps) steps with \(batchSize) samples, "
        + String(format: "%.3g s a step, about %@", stepSeconds, PaperWork.Plan.duration(seconds))
    ]
    if let peakBytes, let bytesLeft {
      lines.append(
        String(
          format: "memory: %.2f GiB in these steps; %.1f GiB more may be taken",
          Double(peakBytes) / gibibyte, bytesLeft / gibibyte))
    }
    return lines.joined(separator: "\n")
  }
}
