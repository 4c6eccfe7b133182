/// Whether a single attack of more steps leaves clearly more samples correct than one of fewer (G1, G2),
/// the textbook sign of gradients that lead astray. Attacks on the same loss are compared: one may be
/// weaker than a single step for what it climbs.
///
/// Clearly: by more than half a point of accuracy, and with an exact McNemar p below 0.05.
public struct AttackOrder: AuditRule {
  public let name = "attack-order"
  public let check = "G1, G2"

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    let pairs = evidence.result.threats.flatMap { threat in
      // Queries of a black box are no gradients, and a cascade is stronger by what it is made of.
      let attacks = threat.attacks.filter { $0.stages.count == 1 && !$0.isBlackBox }
      return attacks.flatMap { weaker in
        attacks.filter { $0.effort > weaker.effort && $0.loss == weaker.loss }.map { stronger in
          (
            comparison: evidence.comparison(weaker, stronger),
            place: "\(stronger.name) against \(weaker.name) under \(threat.threat)"
          )
        }
      }
    }
    return evidence.worst(
      self, of: pairs, meaning: "Accuracy that the stronger attack leaves beyond the weaker one",
      missing: "No two attacks of different effort were run.")
  }
}

/// Whether an attack with a larger budget leaves clearly more samples correct (G3).
///
/// Clearly: by more than half a point of accuracy, and with an exact McNemar p below 0.05.
public struct BudgetOrder: AuditRule {
  public let name = "budget-order"
  public let check = "G3"

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    let pairs = evidence.runs.flatMap { threat, attack in
      evidence.runs.filter {
        $0.attack.name == attack.name && $0.threat.norm == threat.norm
          && $0.threat.budget > threat.budget
      }.map { larger in
        (
          comparison: evidence.comparison(attack, larger.attack),
          place: "\(attack.name) under \(larger.threat) against \(threat)"
        )
      }
    }
    return evidence.worst(
      self, of: pairs, meaning: "Accuracy that the larger budget leaves beyond the smaller one",
      missing: "No attack was run with two budgets.")
  }
}

extension AttackResult {
  fileprivate var loss: String? { stages[0].parameters["loss"] }
}

extension AuditEvidence {
  private static var threshold: Double { 0.005 }

  /// Which samples each of two attacks leaves correct.
  fileprivate func comparison(_ first: AttackResult, _ second: AttackResult) -> PairedComparison {
    func correct(_ attack: AttackResult) -> [Bool] {
      result.isCorrect(without: attack.breaks.map(\.index) + attack.unresolved)
    }
    return PairedComparison(first: correct(first), second: correct(second))
  }

  /// An audit of the greatest difference that chance does not explain.
  fileprivate func worst(
    _ rule: any AuditRule, of pairs: [(comparison: PairedComparison, place: String)],
    meaning: String,
    missing: String
  ) -> Audit {
    let threshold = Self.threshold
    guard !result.isCascade else {
      return .notApplicable(
        rule, threshold: threshold, because: "In a cascade no attack's figure stands alone.")
    }
    let clear = pairs.filter { $0.comparison.pValue < 0.05 }
    guard
      let pair = (clear.isEmpty ? pairs : clear).max(by: {
        $0.comparison.difference < $1.comparison.difference
      })
    else {
      return .notApplicable(rule, threshold: threshold, because: missing)
    }
    let difference = pair.comparison.difference
    let isFlagged = difference > threshold && pair.comparison.pValue < 0.05
    return Audit(
      rule, verdict: isFlagged ? .flagged : .passed, figure: max(0, difference),
      threshold: threshold, finding: "\(meaning): \(pair.place).")
  }
}
