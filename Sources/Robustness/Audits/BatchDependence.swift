import NeuralNetworks
import Tensors

/// Whether what a model says of an image depends on what else is in the batch (G9): the share of samples
/// that are classified differently in the reverse order and in batches of another size, or whose scores
/// are others, by a hundredth of their size, in batches of 1, 7 or 64.
///
/// Then an example verified in one batch need not hold in another: batch normalisation that was left in
/// training mode does that. At most 512 samples are asked, 64 of them for their scores, and the classifier
/// itself, not in the batches of one size of everything else.
public struct BatchDependence: AuditRule {
  public let name = "batch-dependence"
  public let check = "G9"
  /// Beyond what the order of sums and an adaptive solver's steps make of scores.
  private let tolerance = 0.01

  public init() {}

  public func audit(_ evidence: AuditEvidence) throws -> Audit {
    let result = evidence.result
    let count = min(result.count, 512)
    let batchSize = result.batchSize == 1 ? 2 : result.batchSize - 1
    var differing: Set<Int> = []
    for batch in batches(of: Array((0..<count).reversed()), size: batchSize) {
      let predictions = try result.evaluationProtocol.predictions(
        of: evidence.classifier.classifier, at: evidence.data.subset(batch).images)
      differing.formUnion(
        zip(batch, predictions).filter { result.cleanPredictions[$0] != $1 }.map { $0.0 })
    }
    differing.formUnion(try withoutGradients { try otherScores(evidence) })
    return Audit(
      self, figure: Double(differing.count) / Double(count), threshold: 0,
      finding:
        "Share of samples whose clean prediction, or scores, depend on the rest of the batch.")
  }

  /// The samples whose scores depend on the size of the batch.
  private func otherScores(_ evidence: AuditEvidence) throws -> [Int] {
    let samples = evidence.data.prefix(64)
    let positions = Array(0..<samples.count)
    let scores = try evidence.classifier.logits(samples.images)
    let sizes = scores.magnitude.max(along: 1)
    let largest = try [1, 7, 64].map { size in
      let others = Tensor.concatenated(
        try batches(of: positions, size: size).map {
          try evidence.classifier.classifier.logits(samples.subset($0).images)
        })
      return (others - scores).magnitude.max(along: 1)
    }
    let isOther = largest.map { ($0 .> sizes * tolerance).flags }
    return positions.filter { position in isOther.contains { $0[position] } }
  }

  private func batches(of positions: [Int], size: Int) -> [[Int]] {
    stride(from: 0, to: positions.count, by: size).map {
      Array(positions[$0..<min($0 + size, positions.count)])
    }
  }
}
