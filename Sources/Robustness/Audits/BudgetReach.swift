import NeuralNetworks
import Tensors

/// Whether an attack with a budget that allows an all-grey image still leaves samples correct: in
/// L-inf half the pixel range, in L2 half of its diagonal (G3).
///
/// One grey image is classified as one class, so no model is right on more than the commonest class
/// of the probe. What is above that an attack has missed. Forty projected steps, at most 64 samples.
public struct BudgetReach: AuditRule {
  public let name = "budget-reach"
  public let check = "G3"

  public init() {}

  public func audit(_ evidence: AuditEvidence) throws -> Audit {
    guard !evidence.result.threats.isEmpty, let probe = evidence.probe(64) else {
      return .notApplicable(self, threshold: 0, because: "No attack was run.")
    }
    let threat = try ThreatModel(.linf, budget: Budget("1/2"))
    let attack = PGD(name: name, steps: 40)
    var left = Array(0..<probe.count)
    for scores in evidence.decisions where !left.isEmpty {
      let samples = probe.subset(left)
      let images = try attack.perturb(
        AttackProblem(samples, scores: scores, threat: threat, seed: evidence.result.seed)
      ).images
      let predictions = try evidence.result.evaluationProtocol.predictions(
        of: evidence.classifier, at: images)
      left = zip(left, predictions).filter { probe.labelList[$0] == $1 }.map(\.0)
    }
    let commonest = Dictionary(grouping: probe.labelList) { $0 }.values.map(\.count).max()!
    return Audit(
      self, figure: Double(left.count) / Double(probe.count),
      threshold: Double(commonest) / Double(probe.count),
      finding:
        "Accuracy that 40 steps leave of \(probe.count) samples within half the pixel range, "
        + "where one grey image is allowed.")
  }
}
