/// The share of samples that attacks break only through a part or simplification of the model, such
/// as another solver or its auxiliary head (G12). The model's own gradients should have found them.
///
/// Flagged above one point of accuracy, if that is at least 6 samples (exact McNemar p below 0.05).
public struct SurrogateGain: AuditRule {
  public let name = "surrogate-gain"
  public let check = "G12"
  private let threshold = 0.01

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    let gains = evidence.result.threats.compactMap { threat -> (Int, ThreatModel)? in
      let functions = threat.attacks.flatMap(\.stages).filter { !$0.isBlackBox }
        .flatMap(\.scoreFunctions)
      let surrogates = Set(functions.filter { !$0.isDecisive }.map(\.name))
      guard !surrogates.isEmpty, functions.contains(where: \.isDecisive) else { return nil }
      let breaks = threat.attacks.flatMap(\.breaks)
      let direct = Set(breaks.filter { !surrogates.contains($0.scoreFunction) }.map(\.index))
      return (Set(breaks.map(\.index)).subtracting(direct).count, threat.threat)
    }
    guard let (count, threat) = gains.max(by: { $0.0 < $1.0 }) else {
      return .notApplicable(
        self, threshold: threshold, because: "No attack went through a surrogate.")
    }
    let test = PairedComparison(onlyFirst: count, onlySecond: 0, count: evidence.result.count)
    let gain = Double(count) / Double(evidence.result.count)
    return Audit(
      self, verdict: gain > threshold && test.pValue < 0.05 ? .flagged : .passed, figure: gain,
      threshold: threshold,
      finding: "Share of samples that only attacks through surrogates break: \(count) under "
        + "\(threat).")
  }
}
