import Foundation
import Reports
import Runs

/// Where a training is written down: `metrics.jsonl`, TensorBoard's events and the terminal.
final class TrainingLog {
  private let metrics: MetricsLog
  private let events: EventWriter
  private var meter: ProgressMeter

  init(
    _ folder: RunFolder, position: TrainingPosition, steps: Int, terminal: Terminal
  ) throws {
    metrics = try MetricsLog(folder.metrics, continuingAt: position.metricsLength)
    events = try EventWriter(
      directory: folder.url, resumingAt: position.step == 0 ? nil : position.step + 1)
    meter = ProgressMeter(
      "training", total: steps, completed: min(position.step, steps), terminal: terminal)
    if metrics.missing > 0 {
      note(
        "\(folder.metrics.relativePath): \(metrics.missing) of \(position.metricsLength) bytes that the "
          + "training has written are gone, and figures of earlier steps with them")
    }
  }

  /// Bytes of `metrics.jsonl` so far, which are on the disk when this returns.
  func synchronizedLength() throws -> UInt64 {
    try metrics.synchronize()
    return metrics.length
  }

  func step(_ record: StepRecord, number: Int, epoch: Int) throws {
    var terms: [String: JSONValue] = [:]
    for (name, value) in record.terms { terms[name] = .number(value) }
    var members: [String: JSONValue] = [
      "kind": "step", "step": .number(Double(number)), "epoch": .number(Double(epoch)),
      "terms": .object(terms), "gradientNorm": .number(record.gradientNorm),
      "learningRate": .number(record.learningRate),
      "evaluations": .number(Double(record.evaluations)), "seconds": .measured(record.seconds),
    ]
    if let exchange = record.exchangeSeconds { members["exchangeSeconds"] = .measured(exchange) }
    try metrics.append(members)
    try events.write(
      record.terms.map { ("training/\($0.name)", $0.value) } + [
        ("training/gradient norm", record.gradientNorm),
        ("training/learning rate", record.learningRate),
        ("training/evaluations", Double(record.evaluations)),
      ], step: number)
    meter.advance(note: "epoch \(epoch) · loss " + String(format: "%.4g", record.terms[0].value))
  }

  /// The end of an epoch; a part whose accuracy was not measured is nil.
  ///
  /// - Parameters:
  ///   - nonZeros: the share of weights that are not 0, of those that are to become so.
  ///   - hessianNorm: of the loss, where it was measured.
  func epoch(
    _ epoch: Int, step: Int, train: Double?, validation: Double?, nonZeros: Double?,
    hessianNorm: Double?, seconds: Double
  ) throws {
    var members: [String: JSONValue] = ["epoch": .number(Double(epoch))]
    if let nonZeros {
      members["nonZeroShare"] = .number(nonZeros)
      try events.write([("sparsity/non-zero share", nonZeros)], step: step)
    }
    if let hessianNorm {
      members["hessianNorm"] = .number(hessianNorm)
      try events.write([("curvature/Hessian norm", hessianNorm)], step: step)
    }
    try accuracies(
      "epoch", members, [("train", train), ("validation", validation)], step: step,
      seconds: seconds, note: "epoch \(epoch)")
  }

  /// The end of the run: the accuracy of the model that is kept on samples never looked at before.
  func end(test: Double, step: Int, seconds: Double) throws {
    try accuracies("end", [:], [("test", test)], step: step, seconds: seconds, note: "test")
    meter.finish("test accuracy \(Self.percent(test))")
  }

  /// Says something of its own.
  func note(_ message: String) { meter.log(message) }

  private func accuracies(
    _ kind: String, _ members: [String: JSONValue], _ parts: [(name: String, value: Double?)],
    step: Int, seconds: Double, note: String
  ) throws {
    let measured = parts.compactMap { part in part.value.map { (name: part.name, value: $0) } }
    var members = members
    members["kind"] = .string(kind)
    members["step"] = .number(Double(step))
    members["seconds"] = .measured(seconds)
    for part in measured { members["\(part.name)Accuracy"] = .number(part.value) }
    try metrics.append(members)
    try events.write(measured.map { ("accuracy/\($0.name)", $0.value) }, step: step)
    if kind == "epoch", !measured.isEmpty {
      let figures = measured.map { "\($0.name) accuracy \(Self.percent($0.value))" }
      meter.log("\(note): " + figures.joined(separator: ", "))
    }
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.2f %%", 100 * share)
  }
}

/// What one step came to.
struct StepRecord {
  /// `total` first, then the objective's own terms.
  let terms: [(name: String, value: Double)]
  let gradientNorm: Double
  let learningRate: Double
  let evaluations: Int
  let seconds: Double
  /// The part of the seconds that went into exchanges with other processes, waiting for them
  /// included; nil for one process.
  let exchangeSeconds: Double?
}
