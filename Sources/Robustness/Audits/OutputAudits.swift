import NeuralNetworks
import Tensors

/// Whether the same images get the same predictions (G9): the share of samples on which any of five
/// passes differs. Attacks on a random model need the expectation over its draws (parameter `draws`,
/// AutoAttack's `rand`), and examples that fool it more than once (`verifications`).
public struct RandomOutput: AuditRule {
  public let name = "random-output"
  public let check = "G9"

  public init() {}

  public func audit(_ evidence: AuditEvidence) throws -> Audit {
    let samples = evidence.data.prefix(128)
    let scores = try withoutGradients {
      try (0..<5).map { _ in try evidence.classifier.logits(samples.images) }
    }
    // Directions of the logits, so that their size does not matter, as AutoAttack compares them.
    let directions = scores.map { $0 / $0.norm(along: 1, keeping: true).maximum(1e-12) }
    let predictions = scores.map { $0.argMax(along: 1).integers }
    let distances = directions.dropFirst().map { ($0 - directions[0]).norm(along: 1).doubles }
    let differing = samples.indices.indices.count { row in
      predictions.contains { $0[row] != predictions[0][row] }
        || distances.contains { $0[row] > 1e-4 }
    }
    return Audit(
      self, figure: Double(differing) / Double(samples.count), threshold: 0,
      finding: "Share of \(samples.count) samples whose logits differ in five passes.")
  }
}

/// Whether the logits are probabilities (G10): the share of samples whose scores are all in [0, 1]
/// and add up to 1, to 1e-5. Attacks on the cross entropy apply a second softmax to them, which
/// flattens their gradient.
public struct ProbabilityOutput: AuditRule {
  public let name = "probability-output"
  public let check = "G10"
  private let threshold = 0.5

  public init() {}

  public func audit(_ evidence: AuditEvidence) throws -> Audit {
    let samples = evidence.data.prefix(128)
    let scores = try withoutGradients { try evidence.classifier.logits(samples.images) }
    let isInside = ((scores .>= 0) .& (scores .<= 1)).all(along: 1)
    let addsUp = (scores.sum(along: 1) - 1).magnitude .< 1e-5
    let count = (isInside .& addsUp).flags.count { $0 }
    return Audit(
      self, figure: Double(count) / Double(samples.count), threshold: threshold,
      finding: "Share of \(samples.count) samples whose logits are probabilities: a softmax that "
        + "attacks should see behind.")
  }
}

/// Whether the images use the pixel range [0, 1] (G11): by how much of it their values fall short.
/// Images divided by 255 twice, or scaled to a narrow range, make any budget huge or tiny.
///
/// Flagged where the values of all samples span less than a tenth of it.
public struct InputRange: AuditRule {
  public let name = "input-range"
  public let check = "G11"
  private let threshold = 0.9

  public init() {}

  public func audit(_ evidence: AuditEvidence) -> Audit {
    let images = evidence.data.images
    let (least, greatest) = (images.min().item, images.max().item)
    return Audit(
      self, figure: 1 - (greatest - least), threshold: threshold,
      finding: "Share of the pixel range that no image uses: values run from "
        + "\(least.rounded(to: 3)) to \(greatest.rounded(to: 3)).")
  }
}

extension Double {
  fileprivate func rounded(to places: Int) -> Double {
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    return (self * scale).rounded() / scale
  }
}
