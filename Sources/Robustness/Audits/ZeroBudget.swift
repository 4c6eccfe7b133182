import NeuralNetworks
import Tensors

/// The share of samples that an attack without any budget changes or breaks (G8): it catches inputs
/// that are not pixels in [0, 1] (normalised ones are cut down by the attack's clamp), predictions
/// that are random, and attacks that do not keep to their budget. At most 64 samples.
public struct ZeroBudget: AuditRule {
  public let name = "zero-budget"
  public let check = "G8"

  public init() {}

  public func audit(_ evidence: AuditEvidence) throws -> Audit {
    guard let probe = evidence.probe(64) else {
      return .notApplicable(self, threshold: 0, because: "No sample is correct.")
    }
    let threat = try ThreatModel(.linf, budget: Budget("0"))
    let images = try PGD(name: name, steps: 2).perturb(
      AttackProblem(probe, scores: evidence.decisions[0], threat: threat)
    ).images
    let isSame = (images .== probe.images).samplesFlattened.all(along: 1).flags
    let predictions = try evidence.result.evaluationProtocol.predictions(
      of: evidence.classifier, at: images)
    let changed = probe.labelList.indices.count {
      !isSame[$0] || predictions[$0] != probe.labelList[$0]
    }
    return Audit(
      self, figure: Double(changed) / Double(probe.count), threshold: 0,
      finding: "Share of \(probe.count) correct samples that an attack with a budget of 0 changes "
        + "or breaks.")
  }
}
