import NeuralNetworks
import Tensors

/// Whether the margin grows along ten small steps uphill (G7): the share of samples that end no
/// nearer to a wrong decision than they began, on the most stubborn score function. At most 64
/// samples, under the largest budget; more than 5 % is a flag.
public struct LossAscent: AuditRule {
  public let name = "loss-ascent"
  public let check = "G7"
  private let threshold = 0.05

  public init() {}

  public func audit(_ evidence: AuditEvidence) throws -> Audit {
    guard let threat = evidence.result.threats.map(\.threat).max(by: { $0.epsilon < $1.epsilon }),
      threat.epsilon > 0, let probe = evidence.probe(64)
    else { return .notApplicable(self, threshold: threshold, because: "No attack was run.") }
    let shares = try evidence.decisions.map { scores in
      let before = try LossGradient.margins(of: scores, at: probe.images, labels: probe.labels)
      let ascent = GradientAscent(
        loss: MarginLoss(), steps: 10, stepLength: threat.epsilon / 10, returning: .last)
      let images = try ascent.climb(
        from: probe.images, AttackProblem(probe, scores: scores, threat: threat)
      ).images
      let after = try LossGradient.margins(of: scores, at: images, labels: probe.labels)
      let stuck = zip(before.doubles, after.doubles).count { !($1 > $0) }
      return (share: Double(stuck) / Double(probe.count), name: scores.name)
    }
    let worst = shares.max { $0.share < $1.share }!
    return Audit(
      self, figure: worst.share, threshold: threshold,
      finding: "Share of \(probe.count) samples whose margin ten steps along the gradient of "
        + "\(worst.name) do not raise.")
  }
}
