import ArgumentParser
import Foundation
import Methods
import NeuralNetworks
import StableDynamics
import Tensors

@main
struct BasinBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "basin-bench", abstract: "Times Basin.",
    subcommands: [
      CaseCommand.self, FamilyCommand.self, AttacksCommand.self, PipelineCommand.self,
      SamplesCommand.self, SparseCommand.self, ReadingCommand.self, FuzzCommand.self,
      SolversCommand.self,
    ],
    defaultSubcommand: CaseCommand.self)
}

struct CaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "case",
    abstract: "Times one case and prints a line of JSON, as peer/bench.py does.",
    discussion: "Cases: \(Case.allCases.map(\.rawValue).joined(separator: ", ")).")

  @Argument(help: "The case.") var name: Case
  @Option(help: "The model's parameters (make_case.py).") var weights: String
  @Option(help: "Images, labels, rays (make_case.py).") var batch: String
  @Option(help: "Threads of one operation.") var threads = 1
  @Option(help: "Timed runs.") var runs = 10
  @Option(help: "Runs before those.") var warmUp = 3
  @Flag(help: "The peer's arithmetic: Algorithm 1 as printed, batch-wide steps, the given start.")
  var matched = false
  @Flag(help: "Where a training step of Zubov-Net spends its time, as a table.")
  var breakdown = false

  func run() throws {
    Torch.threadCount = threads
    Torch.keepMemory()
    let model = try name.model(matched: matched)
    try model.load(SafeTensors(contentsOf: weights).tensors, from: weights)
    let batch = try Batch(contentsOf: batch)
    if breakdown {
      guard let model = model as? ZubovNet, name.work == .step, batch.rays != nil else {
        throw ValidationError("--breakdown is for training steps of Zubov-Net")
      }
      return try Breakdown(model: model, batch: batch).print(runs: runs, warmUp: warmUp)
    }

    let work = try makeRun(name.work, model: model, batch: batch, matched: matched)
    let clock = ContinuousClock()
    var terms: [String: Double] = [:]
    let first = try clock.measure {
      for (name, value) in try work() { terms[name] = value.item }
    }
    for _ in 1..<max(warmUp, 1) { _ = try work() }
    let seconds = try (0..<max(runs, 1)).map { _ in
      try clock.measure { _ = try work() }.seconds
    }
    let result = Result(
      case: name.rawValue, mode: "basin", form: matched ? "matched" : "default", threads: threads,
      runs: seconds.count, batch: batch.images.shape[0], rays: batch.rays?.owners.count ?? 0,
      median: seconds.median, min: seconds.min()!, first: first.seconds, terms: terms,
      torch: Torch.version)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}

/// The fields of the peer's line.
private struct Result: Encodable {
  let `case`, mode, form: String
  let threads, runs, batch, rays: Int
  let median, min, first: Double
  let terms: [String: Double]
  let torch: String
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}

extension [Double] {
  var median: Double {
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
