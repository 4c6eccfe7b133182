/// The greatest share of attacked samples, over attacks and score functions, whose gradient was 0
/// at the start. Any at all is a flag (G5): an attack through those scores alone would have called
/// these samples robust without touching them.
public struct ZeroGradients: AuditRule {
  public let name = "zero-gradients"
  public let check = "G5"

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    evidence.greatestShare(self, of: "samples whose gradient is 0 at the start", \.zeroGradients)
  }
}

/// The greatest share of attacked samples, over attacks and score functions, with a gradient that
/// is infinite or not a number. Any at all is a flag; such samples never count as robust.
public struct NonFiniteGradients: AuditRule {
  public let name = "non-finite-gradients"
  public let check = "G5"

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    evidence.greatestShare(
      self, of: "samples with a gradient that is not finite", \.nonFiniteGradients)
  }
}

/// The greatest share of attacked samples for which an attack returned an image that its threat
/// model does not allow: a mistake in the attack, whose results mean little then.
public struct InfeasibleExamples: AuditRule {
  public let name = "infeasible-examples"
  public let check = "G11"

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    evidence.greatestShare(self, of: "perturbed images that are not allowed", \.infeasible)
  }
}

/// The greatest share of samples, over threat models, that count as robust although every gradient
/// that any attack started from was 0.
public struct UnattackedSurvivors: AuditRule {
  public let name = "unattacked-survivors"
  public let check = "G5"

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    let shares = evidence.result.threats.map { threat in
      let everywhere = threat.attacks.map { Set($0.unattacked) }
        .reduce(Set(threat.survivors)) { $0.intersection($1) }
      return (Double(everywhere.count) / Double(evidence.result.count), threat.threat)
    }
    guard let (share, threat) = shares.max(by: { $0.0 < $1.0 }) else {
      return .notApplicable(self, threshold: 0, because: "No attack was run.")
    }
    return Audit(
      self, figure: share, threshold: 0,
      finding: "Share of samples that count as robust under \(threat) though no attack had a "
        + "gradient to follow.")
  }
}

extension AuditEvidence {
  /// An audit of a count of samples: its greatest share of those attacked through one score
  /// function.
  fileprivate func greatestShare(
    _ rule: any AuditRule, of what: String, _ count: KeyPath<ScoreFunctionResult, Int>
  ) -> Audit {
    let shares = runs.flatMap { threat, attack in
      attack.scoreFunctions.filter { $0.attacked > 0 }.map { function in
        (
          share: Double(function[keyPath: count]) / Double(function.attacked),
          place: "\(attack.name) on \(function.name) under \(threat)"
        )
      }
    }
    guard let worst = shares.max(by: { $0.share < $1.share }) else {
      return .notApplicable(rule, threshold: 0, because: "No sample was attacked.")
    }
    return Audit(
      rule, figure: worst.share, threshold: 0,
      finding: worst.share == 0
        ? "No \(what)." : "Greatest share of \(what): \(worst.place).")
  }
}
