import Tensors

/// A classifier that is evaluated in batches of one size (`FixedBatch`), so that its scores and
/// predictions of an image, and their derivatives, are the same to the bit in whatever batch it comes.
public struct FixedBatchClassifier: Classifier {
  /// The classifier itself.
  public let classifier: any Classifier

  public init(_ classifier: any Classifier) { self.classifier = classifier }

  public var classCount: Int { classifier.classCount }

  public func logits(_ images: Tensor) throws -> Tensor {
    try FixedBatch.map(images, classifier.logits)
  }

  public func predictions(_ images: Tensor) throws -> Tensor {
    try FixedBatch.map(images, classifier.predictions)
  }

  public var scoreFunctions: [ScoreFunction] { classifier.scoreFunctions.map(\.inFixedBatches) }
  public var surrogateScores: [ScoreFunction] { classifier.surrogateScores.map(\.inFixedBatches) }
}

extension Classifier {
  /// The same classifier, evaluated in batches of one size.
  public var inFixedBatches: FixedBatchClassifier {
    self as? FixedBatchClassifier ?? FixedBatchClassifier(self)
  }
}

extension ScoreFunction {
  /// The same scores, evaluated in batches of one size.
  public var inFixedBatches: ScoreFunction {
    ScoreFunction(name: name) { try FixedBatch.map($0, scores) }
  }
}
