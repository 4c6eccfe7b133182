import Datasets
import Failures
import Foundation
import Methods
import NeuralNetworks
import Reports
import Robustness
import Runs
import StableDynamics

/// What attacks report of a run if they clamp normalised images to [0, 1]: the content of
/// `paper-normalized.json`. It tests a suspicion and says nothing about robustness.
package struct MisplacedClampFinding: Finding, Sendable {
  package private(set) var schemaVersion = MisplacedClampFinding.currentSchemaVersion
  package let method: String
  package let configurationHash: String
  package let data: String
  package let split: DataSplit
  /// The SHA-256 of all samples of the split.
  package let dataDigest: String
  package let device: String
  package let basin: String
  package let seconds: Double
  package let result: MisplacedClampResult

  /// Measures a run.
  ///
  /// - Parameters:
  ///   - samples: the split that the request names.
  ///   - request: its budgets, batch size, limit and seed; the attacks are the study's own.
  ///   - normalization: by default that of the data set's card.
  ///   - progress: told how many of all passes of one sample through the model are done.
  /// - Throws: `Failure` if no normalisation is given or usual for the data, or settings do not go
  ///   together; what the model throws.
  package static func measure(
    _ run: Run, on samples: LabelledSamples, _ request: EvaluationRequest,
    normalization: InputNormalization? = nil,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> MisplacedClampFinding {
    let start = ProcessInfo.processInfo.systemUptime
    let name = run.configuration.data.name
    let channels = try DatasetCatalog.source(named: name).card.channels
    let usual = channels.map { InputNormalization(mean: $0.mean, deviation: $0.deviation) }
    guard let normalization = normalization ?? usual else {
      throw Failure(
        at: "normalisation of \(name)", expected: "mean and deviation of each channel",
        found: "none that is usual", remedy: "Give them with --normalization.")
    }
    let evaluation = request.evaluation
    var study = MisplacedClampStudy(
      normalization: normalization, budgets: evaluation.threats.map(\.budget))
    study.batchSize = evaluation.batchSize
    study.limit = evaluation.limit
    study.seed = evaluation.seed
    let used = evaluation.limit.map(samples.prefix) ?? samples
    let result = try study.run(run.model.trained(), on: run.images(of: used), progress: progress)
    return MisplacedClampFinding(
      method: run.configuration.method, configurationHash: try run.configuration.hash, data: name,
      split: request.split, dataDigest: samples.sha256(), device: "\(run.device)",
      basin: Basin.version, seconds: ProcessInfo.processInfo.systemUptime - start, result: result)
  }

  /// What was measured, in two lines.
  package var summary: String {
    let numbers = [result.normalization.mean, result.normalization.deviation]
      .map { $0.map { String(format: "%g", $0) }.joined(separator: ",") }
    return "\(method) on \(data), \(split.rawValue) split, \(result.clean.count) samples, "
      + "seed \(result.seed), \(device); z = (x - mean) / deviation with "
      + numbers.joined(separator: "/")
      + String(format: "; %.1f %% of all z are outside [0, 1]", 100 * result.clampedShare)
  }

  /// Accuracy by attack, in the space where it goes wrong and where it belongs.
  package var table: Table {
    var table = Table(
      caption:
        "A test of a suspicion, not robustness: percent of all samples right on what attacks "
        + "return [95 % interval]",
      columns: [
        .init("attack"), .number("budget"), .number("on z, clamped to [0, 1]"),
        .number("on pixels"),
      ])
    table.append(["none", "", .percentage(result.clean), .percentage(result.clean)])
    table.append([
      "the clamp alone", "0", .percentage(result.clampAlone), .percentage(result.clean),
    ])
    for attack in result.attacks {
      table.append([
        .init(attack.name), .init("\(attack.threat)"), .percentage(attack.normalized),
        .percentage(attack.pixels),
      ])
    }
    return table
  }
}
