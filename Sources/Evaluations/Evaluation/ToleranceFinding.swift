import Datasets
import DifferentialEquations
import Failures
import Foundation
import Methods
import NeuralNetworks
import Reports
import Robustness
import Runs
import Settings
import StableDynamics
import Tensors

/// How a run does at other tolerances of its solver in use, clean and attacked ("tolerance tuning", Carrara
/// et al. 2022): the content of `tolerances.json`.
///
/// A coarse solver may take steps of its own for every perturbed image, and what an attacker who
/// differentiates through them finds tells little about the equation. So each tolerance is also attacked
/// by what breaks the model at the finest one: where that breaks samples which attacks on the tolerance
/// itself leave, these were led astray, and the robustness that a coarse tolerance seems to give is masking.
package struct ToleranceFinding: Finding, Sendable {
  /// What was found at one tolerance.
  package struct Row: Codable, Sendable {
    package let tolerance: Double
    /// Evaluations of the field for a batch of up to 128 samples.
    package let solverEvaluations: Int?
    package let clean: Accuracy
    package let threats: [Threat]
  }

  /// One budget at one tolerance.
  package struct Threat: Codable, Sendable {
    package let threat: ThreatModel
    /// Under the attacks on the tolerance itself.
    package let own: Accuracy
    /// Under those on the finest one alone; nil there.
    package let transferred: Accuracy?
    /// Under all of them.
    package let worstCase: Accuracy
    /// Samples that only what was transferred broke.
    package let masked: Int
    /// Whether they are too many for chance: above one point and p < 0.05 in McNemar's exact test.
    package let isMasking: Bool

    init(_ result: ThreatResult, transfer name: String?, of evaluated: EvaluationResult) {
      threat = result.threat
      let transfers = result.attacks.filter { $0.name == name }
      let own = result.attacks.filter { $0.name != name }
      let correct = zip(evaluated.indices, evaluated.isCleanCorrect).filter(\.1).map(\.0)
      func accuracy(_ attacks: [AttackResult]) -> (Accuracy, lost: Set<Int>) {
        let lost = Set(attacks.flatMap { $0.unresolved + $0.breaks.map(\.index) })
        let right = correct.count { !lost.contains($0) }
        return (Accuracy(correct: right, count: evaluated.count), lost)
      }
      let (alone, ownLost) = accuracy(own)
      self.own = alone
      transferred = transfers.isEmpty ? nil : accuracy(transfers).0
      worstCase = accuracy(result.attacks).0
      masked = Set(transfers.flatMap { $0.breaks.map(\.index) }).subtracting(ownLost).count
      let test = PairedComparison(onlyFirst: masked, onlySecond: 0, count: evaluated.count)
      isMasking = Double(masked) > 0.01 * Double(evaluated.count) && test.pValue < 0.05
    }
  }

  package private(set) var schemaVersion = ToleranceFinding.currentSchemaVersion
  package let method: String
  package let configurationHash: String
  package let data: String
  package let split: DataSplit
  /// The SHA-256 of all samples of the split.
  package let dataDigest: String
  package let sampleCount: Int
  package let attacks: [String]
  package let seed: UInt64
  package let device: String
  package let basin: String
  package let seconds: Double
  /// From the finest tolerance on.
  package let rows: [Row]

  /// Whether any tolerance hides samples that are not robust.
  package var isMasking: Bool { rows.contains { $0.threats.contains(where: \.isMasking) } }

  /// The tolerances of a list such as `0.1,0.01,0.001`, from the finest on.
  ///
  /// - Throws: `Failure` of kind `invalidOption`.
  package static func tolerances(_ text: String) throws(Failure) -> [Double] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    var numbers: [Double] = []
    for part in parts {
      let word = part.filter { !$0.isWhitespace }
      guard let number = Double(word), number >= 1e-14, number <= 1e3, !numbers.contains(number)
      else {
        throw Failure(
          .invalidOption, at: "--solver-tolerance",
          expected: "numbers from 1e-14 to 1000, each once",
          found: "'\(word)'", remedy: "Separate them by commas, such as 0.1,0.01,0.001.")
      }
      numbers.append(number)
    }
    return numbers.sorted()
  }

  /// Measures a run at several tolerances.
  ///
  /// - Parameters:
  ///   - samples: the split that the request names.
  ///   - request: its attacks, budgets, limit and seed; no corruptions and no cascade.
  ///   - tolerances: from the finest on.
  ///   - reopened: the same run with one more setting.
  ///   - progress: told how far the evaluation of which tolerance has come.
  /// - Throws: `SettingsError` if no tolerance is at work in the run; `Failure` for settings that
  ///   do not go together; what the model throws.
  package static func measure(
    _ run: Run, on samples: LabelledSamples, _ request: EvaluationRequest, tolerances: [Double],
    reopened: (ConfigurationOverride) throws -> Run,
    progress: (_ tolerance: Double, EvaluationProgress) throws -> Void = { _, _ in }
  ) throws -> ToleranceFinding {
    let start = ProcessInfo.processInfo.systemUptime
    let path = try settingPath(of: run)
    var evaluation = request.evaluation
    evaluation.corruptions = []
    evaluation.isCascade = false
    let data = try run.images(of: samples)
    let batch = run.tensor(of: samples, at: Array(0..<min(128, samples.count)))
    var finest: (name: String, scores: ScoreFunction)?
    var rows: [Row] = []
    for tolerance in tolerances {
      let override = ConfigurationOverride(
        path, .number(tolerance), origin: "--solver-tolerance")
      let model = try reopened(override).model.trained()
      var own = evaluation
      if let finest, !evaluation.attacks.isEmpty {
        own.attacks.append(.transfer(from: finest.name, scores: finest.scores))
      }
      let result = try own.run(model, on: data) { try progress(tolerance, $0) }.result
      let transfer = finest.map { "transfer:\($0.name)" }
      rows.append(
        Row(
          tolerance: tolerance,
          solverEvaluations: try withoutGradients {
            try model.solution(batch)?.statistics.evaluations
          }, clean: result.clean,
          threats: result.threats.map { Threat($0, transfer: transfer, of: result) }))
      // The last decides as the model does and does not saturate.
      if finest == nil, let scores = model.scoreFunctions.last {
        finest = ("tolerance \(tolerance)", scores)
      }
    }
    return ToleranceFinding(
      method: run.configuration.method, configurationHash: try run.configuration.hash,
      data: run.configuration.data.name, split: request.split, dataDigest: samples.sha256(),
      sampleCount: rows.first?.clean.count ?? 0, attacks: evaluation.attacks.map(\.name),
      seed: evaluation.seed, device: "\(run.device)", basin: Basin.version,
      seconds: ProcessInfo.processInfo.systemUptime - start, rows: rows)
  }

  /// The key of the tolerance in use.
  private static func settingPath(of run: Run) throws -> [String] {
    guard let flow = (run.model.trained() as? any FlowClassifier)?.flow else {
      throw MethodError(
        subject: "--solver-tolerance", method: run.configuration.method,
        lacking: "a solver whose tolerance is a setting", example: "neural-ode")
    }
    guard flow.settings.solver.isAdaptive else {
      throw SettingsError(
        setting: "\(flow.path).solver",
        expected: "\(ButcherTableau.names(isAdaptive: true)), whose tolerance can be varied",
        found: flow.settings.solver.rawValue)
    }
    return ["model"] + flow.path.split(separator: ".").map(String.init) + ["tolerance"]
  }
}

extension ToleranceFinding {
  /// What was measured, in a line.
  package var summary: String {
    "\(method) on \(data), \(split.rawValue) split, \(sampleCount) samples, tolerances of the solver in "
      + "use, seed \(seed), \(device)"
  }

  /// Accuracy by tolerance and budget.
  package var table: Table {
    var table = Table(
      caption:
        "Accuracy in percent [95 % interval] by tolerance; what a coarse one gains under its own "
        + "attacks and loses to those on the finest is masking",
      columns: [
        .number("tolerance"), .number("f in use"), .number("budget"), .number("attacked itself"),
        .number("by the finest's"), .number("by all"), .init("masking"),
      ])
    for row in rows {
      let name = Table.Cell(String(format: "%g", row.tolerance))
      let work = Table.Cell(row.solverEvaluations.map(String.init) ?? "-")
      table.append([name, work, "clean", .percentage(row.clean), .missing, .missing, .missing])
      for threat in row.threats {
        table.append([
          name, work, .init("\(threat.threat)"), .percentage(threat.own),
          threat.transferred.map { .percentage($0) } ?? .missing, .percentage(threat.worstCase),
          threat.transferred == nil
            ? .missing : .init(threat.isMasking ? "yes, \(threat.masked) samples" : "no"),
        ])
      }
    }
    return table
  }
}
