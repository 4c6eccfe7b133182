import Datasets
import Reports
import Robustness
import Runs

/// The accuracy of a run under each attack of an evaluation, of which nothing else is kept: by it a run
/// is compared with the one that it was made from.
package struct AttackedAccuracy: Codable, Sendable {
  /// Of the same samples without an attack.
  package let clean: Accuracy
  /// Of each threat its attacks, and then the worst case over them.
  package let attacks: [Attack]

  /// The accuracy under one attack.
  package struct Attack: Codable, Sendable {
    package let name: String
    /// Such as `Linf 8/255`.
    package let threat: String
    package let accuracy: Accuracy
  }

  /// Measures a run on samples; nil if the request is for no attack.
  ///
  /// - Throws: as `Evaluation.measure`.
  package static func measured(
    _ run: Run, on samples: LabelledSamples, _ request: EvaluationRequest
  ) throws -> AttackedAccuracy? {
    guard !request.evaluation.attacks.isEmpty else { return nil }
    return AttackedAccuracy(try Evaluation.measure(run, on: samples, request).evaluation.result)
  }

  private init(_ result: EvaluationResult) {
    clean = result.clean
    attacks = result.threats.flatMap { threat in
      threat.attacks.map {
        Attack(name: $0.name, threat: "\(threat.threat)", accuracy: $0.accuracy)
      } + [Attack(name: "worst of these", threat: "\(threat.threat)", accuracy: threat.worstCase)]
    }
  }

  /// A row for each attack on the run as it was: what it is, before and after.
  package static func rows(before: Self?, after: Self?) -> [[Table.Cell]] {
    (before?.attacks ?? []).enumerated().map { index, attack in
      [
        .init("\(attack.name), \(attack.threat)"), .percentage(attack.accuracy),
        after.map { .percentage($0.attacks[index].accuracy) } ?? .missing,
      ]
    }
  }
}
