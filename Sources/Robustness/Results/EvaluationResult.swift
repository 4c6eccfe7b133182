import Failures

/// The figures of one evaluation, to be written as JSON. Equal settings give equal results.
public struct EvaluationResult: Codable, Sendable, Hashable {
  /// The version of this layout; readers refuse a higher one.
  public static let currentSchemaVersion = 2

  /// The version of the layout that it was written in.
  public var schemaVersion = EvaluationResult.currentSchemaVersion
  /// How examples were made and counted.
  public let evaluationProtocol: EvaluationProtocol
  /// Of every random draw, together with attack or corruption and sample index.
  public let seed: UInt64
  /// Samples attacked at once; no figure depends on it.
  public let batchSize: Int
  /// Whether attacks saw only what earlier ones, and smaller budgets, had left. Then the accuracy
  /// of an attack is that after it and those before it.
  public let isCascade: Bool
  /// The place of each sample in its data set.
  public let indices: [Int]
  /// The class of each sample, from 0.
  public let labels: [Int]
  /// The class that the model gives each sample as it is.
  public let cleanPredictions: [Int]
  /// Accuracy without perturbation.
  public let clean: Accuracy
  /// One for each corruption and severity.
  public let corruptions: [CorruptionResult]
  /// One for each threat model, from the smallest budget on.
  public let threats: [ThreatResult]
  /// What may be wrong with the figures above.
  public var audits: [Audit] = []

  private enum CodingKeys: String, CodingKey {
    case schemaVersion, seed, batchSize, isCascade, indices, labels, cleanPredictions, clean,
      corruptions
    case threats, audits
    case evaluationProtocol = "protocol"
  }

  /// The number of samples that were evaluated.
  public var count: Int { indices.count }

  /// Whether each sample is classified correctly without perturbation.
  public var isCleanCorrect: [Bool] { zip(labels, cleanPredictions).map(==) }

  /// Whether any audit raised a flag.
  public var isFlagged: Bool { audits.contains { $0.verdict == .flagged } }

  /// Whether each sample is correct when the samples with the given indices are not.
  func isCorrect(without lost: [Int]) -> [Bool] {
    let lost = Set(lost)
    return zip(indices, isCleanCorrect).map { $1 && !lost.contains($0) }
  }

  /// Compares the worst case of two models on the same samples under the same threat.
  ///
  /// - Throws: `Failure` of kind `unsuitable` if the samples differ or a result lacks
  ///   the threat.
  public func compared(
    to other: EvaluationResult, under threat: ThreatModel
  ) throws(Failure) -> PairedComparison {
    guard indices == other.indices, labels == other.labels else {
      throw Failure(
        .unsuitable, at: "comparison", expected: "two results on the same samples",
        found: "\(count) and \(other.count) samples with other indices or labels",
        remedy: "Evaluate both models on the same data with the same limit.")
    }
    guard let first = threats.first(where: { $0.threat == threat }),
      let second = other.threats.first(where: { $0.threat == threat })
    else {
      throw Failure(
        .unsuitable, at: "comparison", expected: "two results under \(threat)",
        found: "a result without it", remedy: "Evaluate both models with the same budgets.")
    }
    return PairedComparison(
      first: isCorrect(without: first.brokenIndices + first.unresolved),
      second: other.isCorrect(without: second.brokenIndices + second.unresolved))
  }
}

/// Accuracy on corrupted images.
public struct CorruptionResult: Codable, Sendable, Hashable {
  /// The corruption's name.
  public let name: String
  /// From 1 to 5.
  public let severity: Int
  /// The share of all samples that are classified correctly with it.
  public let accuracy: Accuracy
  /// The indices of the samples that are misclassified; nil in results of before it was kept.
  public var misclassified: [Int]?
}
