import NeuralNetworks
import Tensors

/// Whether gradients are slopes: the share of samples along whose steepest direction the margin
/// grows otherwise than its gradient says (G6), by more than a quarter, on the most deviant score
/// function. Central differences of 1/512 of the pixel range, at most 32 samples.
///
/// Flagged above a quarter of the samples: kinks and an adaptive solver's tolerance move some.
public struct GradientAccuracy: AuditRule {
  public let name = "gradient-accuracy"
  public let check = "G6"
  private let threshold = 0.25
  private let step = 1.0 / 512

  public init() {}

  public func audit(_ evidence: AuditEvidence) throws -> Audit {
    guard let probe = evidence.probe(32) else {
      return .notApplicable(self, threshold: threshold, because: "No sample is correct.")
    }
    let shares = try evidence.decisions.map { scores in
      (share: try deviating(scores, on: probe), name: scores.name)
    }
    let worst = shares.max { $0.share < $1.share }!
    return Audit(
      self, figure: worst.share, threshold: threshold,
      finding: "Share of \(probe.count) samples whose margin grows otherwise than the gradient of "
        + "\(worst.name) says, by more than a quarter.")
  }

  private func deviating(_ scores: ScoreFunction, on probe: LabelledImages) throws -> Double {
    let slope = try LossGradient(
      of: MarginLoss(), scores, at: probe.images, labels: probe.labels)
    let direction = slope.direction.sign
    func margins(_ length: Double) throws -> Tensor {
      try LossGradient.margins(
        of: scores, at: probe.images + direction * length, labels: probe.labels)
    }
    let measured = (try margins(step) - margins(-step)).to(.float64) / (2 * step)
    let expected = slope.direction.to(.float64).samplesFlattened.magnitude.sum(along: 1)
    let deviating = zip(measured.doubles, expected.doubles).count { measured, expected in
      // A NaN is no agreement; a slope of 0 that is measured as 0 is.
      !(abs(measured - expected) <= 0.25 * max(expected, 1e-6))
    }
    return Double(deviating) / Double(probe.count)
  }
}
