import NeuralNetworks

/// Whether a clean prediction depends on what else is in the batch (G9): the share of samples that
/// are classified differently in the reverse order and in batches of another size.
///
/// Then an example verified in one batch need not hold in another. At most 512 samples are asked,
/// and the classifier itself, not in the batches of one size of everything else.
public struct BatchDependence: AuditRule {
  public let name = "batch-dependence"
  public let check = "G9"

  public init() {}

  public func audit(_ evidence: AuditEvidence) throws -> Audit {
    let result = evidence.result
    let positions = Array((0..<min(result.count, 512)).reversed())
    let batchSize = result.batchSize == 1 ? 2 : result.batchSize - 1
    var differing = 0
    for start in stride(from: 0, to: positions.count, by: batchSize) {
      let batch = Array(positions[start..<min(start + batchSize, positions.count)])
      let predictions = try result.evaluationProtocol.predictions(
        of: evidence.classifier.classifier, at: evidence.data.subset(batch).images)
      differing += zip(batch, predictions).count { result.cleanPredictions[$0] != $1 }
    }
    return Audit(
      self, figure: Double(differing) / Double(positions.count), threshold: 0,
      finding: "Share of samples whose clean prediction depends on the rest of the batch.")
  }
}
