import Datasets
import Evaluations
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import StableDynamics

/// How accuracies behind a table are measured.
package struct PaperAccuracySettings: Sendable {
  package var evaluationProtocol: EvaluationProtocol
  /// The first so many test images; all where nil.
  package var limit: Int?
  /// Of corruptions; the paper does not say which it took, so the mean over all is the default.
  package var severities: String

  package init(
    evaluationProtocol: EvaluationProtocol = .strict, limit: Int? = nil, severities: String = "all"
  ) {
    self.evaluationProtocol = evaluationProtocol
    self.limit = limit
    self.severities = severities
  }

  /// Of figures that show every class: the paper's 400, or fewer within the limit.
  var imagesPerClass: Int { limit.map { max(1, min(400, $0 / 10)) } ?? 400 }
}

/// Accuracies on corrupted or attacked images: an evaluation like that of `basin evaluate`.
struct AccuracyMeasurement: PaperMeasurement {
  let kind: String
  let settings: PaperAccuracySettings
  var corruptions = "none"
  var attacks = "none"
  var epsilons = "8/255"
  /// Rows on whose runs VNI-FGSM makes examples that are tried on this one.
  var transferSources: [PaperRow] = []

  /// The eight corruptions of Table I.
  static func corruptions(_ settings: PaperAccuracySettings) -> AccuracyMeasurement {
    AccuracyMeasurement(kind: "corruptions", settings: settings, corruptions: "paper")
  }

  /// The five attacks of Table II with both budgets.
  static func attacks(_ settings: PaperAccuracySettings) -> AccuracyMeasurement {
    AccuracyMeasurement(
      kind: "attacks", settings: settings, attacks: "paper", epsilons: "8/255,16/255")
  }

  /// Table III: VNI-FGSM from other models, Square and AutoAttack.
  static func strongAttacks(_ settings: PaperAccuracySettings) -> AccuracyMeasurement {
    AccuracyMeasurement(
      kind: "strong-attacks", settings: settings, attacks: "square,autoattack",
      epsilons: "16/255", transferSources: [.neuralODE, .resnet18])
  }

  var name: String { "\(kind)-\(settings.evaluationProtocol.rawValue)" }
  var prerequisites: [PaperRow] { transferSources }

  var request: String {
    let limit = settings.limit.map { "first \($0)" } ?? "all"
    let parts = [
      settings.evaluationProtocol.rawValue, "\(limit) test images",
      corruptions == "none" ? "" : "corruptions \(corruptions), severities \(settings.severities)",
      attacks == "none" ? "" : "attacks \(attacks) at \(epsilons)",
      transferSources.isEmpty
        ? "" : "vni-fgsm from " + transferSources.map(\.name).joined(separator: " and "),
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "; ")
  }

  func outcome(
    of run: Run, on samples: LabelledSamples, others: [Run], in folder: PaperFolder,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> Evaluation {
    var request = try EvaluationRequest(
      corruptions: corruptions, severities: settings.severities, attacks: attacks,
      epsilons: epsilons, evaluationProtocol: settings.evaluationProtocol, limit: settings.limit)
    if !others.isEmpty {
      let scores = others.compactMap { $0.model.trained().scoreFunctions.last }
      request.evaluation.attacks.insert(
        AttackPlan(
          "vni-fgsm", reference: "Wang and He 2021, made on other models",
          stages: [.init(VNIFGSM(), scores: .others(scores))]), at: 0)
      for other in others { try request.dependOn(other) }
    }
    request.evaluation.journal = try EvaluationJournals(at: folder.journal(of: self))
      .open(request.journalKey(of: run, on: samples))
    return try Evaluation.measure(run, on: samples, request) {
      try progress($0.settled, $0.total)
    }.evaluation
  }
}
