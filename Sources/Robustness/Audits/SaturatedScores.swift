import NeuralNetworks

/// How much of the accuracy that an attack on the first score function (the logits) leaves is taken
/// by the same attack on others of the same decision. Much means that the logits saturate and hide
/// their gradient; a figure from the logits alone would be too good.
///
/// Flagged above one point of accuracy, if that is at least 6 samples (exact McNemar p below 0.05).
public struct SaturatedScores: AuditRule {
  public let name = "saturated-scores"
  public let check = "G12"
  private let threshold = 0.01

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    let gaps: [(lost: Int, place: String)] = evidence.runs.compactMap { threat, attack in
      // Surrogates decide otherwise: what they find says nothing about the logits.
      let others = attack.stages.flatMap {
        $0.scoreFunctions.dropFirst().filter(\.isDecisive)
      }
      guard !others.isEmpty else { return nil }
      return (
        lost: others.map(\.broken).reduce(0, +),
        place: "\(attack.name) under \(threat)"
      )
    }
    guard let worst = gaps.max(by: { $0.lost < $1.lost }) else {
      return .notApplicable(
        self, threshold: threshold, because: "The classifier has one score function.")
    }
    let gap = Double(worst.lost) / Double(evidence.result.count)
    let test = PairedComparison(
      onlyFirst: worst.lost, onlySecond: 0, count: evidence.result.count)
    return Audit(
      self, verdict: gap > threshold && test.pValue < 0.05 ? .flagged : .passed, figure: gap,
      threshold: threshold,
      finding: "Accuracy under an attack on the logits alone that other score functions take away: "
        + "\(worst.place).")
  }
}
