/// The share of samples that only black boxes break: attacks without gradients, or with those of
/// other models (G4). White-box attacks see all that they see; where they find less, gradients
/// mislead.
///
/// Flagged above half a point of accuracy.
public struct BlackBoxGain: AuditRule {
  public let name = "black-box-gain"
  public let check = "G4"
  private let threshold = 0.005

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    let gains = evidence.result.threats.compactMap { threat -> (Int, ThreatModel)? in
      let stages = threat.attacks.flatMap(\.stages)
      let boxes = Set(stages.filter(\.isBlackBox).map(\.attack))
      guard !boxes.isEmpty, stages.contains(where: { !$0.isBlackBox }) else { return nil }
      let breaks = threat.attacks.flatMap(\.breaks)
      let white = Set(breaks.filter { !boxes.contains($0.attack) }.map(\.index))
      return (Set(breaks.map(\.index)).subtracting(white).count, threat.threat)
    }
    guard let (count, threat) = gains.max(by: { $0.0 < $1.0 }) else {
      return .notApplicable(
        self, threshold: threshold, because: "No black box ran beside a white-box attack.")
    }
    return Audit(
      self, figure: Double(count) / Double(evidence.result.count), threshold: threshold,
      finding: "Share of samples that only black boxes break: \(count) under \(threat).")
  }
}
