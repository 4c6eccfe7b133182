import Tensors

/// A classifier that is evaluated in batches of one size (`FixedBatch`), so that its scores and
/// predictions of an image, and their derivatives, are the same to the bit in whatever batch it comes.
public struct FixedBatchClassifier: Classifier {
  /// The classifier itself.
  public let classifier: any Classifier
  /// The most rows that scores are asked for at once: more than `FixedBatch.rows` only where that
  /// changes no bit of them.
  public private(set) var rows = FixedBatch.rows

  public init(_ classifier: any Classifier) { self.classifier = classifier }

  public var classCount: Int { classifier.classCount }

  public func logits(_ images: Tensor) throws -> Tensor {
    try FixedBatch.map(images, most: rows, classifier.logits)
  }

  public func predictions(_ images: Tensor) throws -> Tensor {
    try FixedBatch.map(images, classifier.predictions)
  }

  public var scoreFunctions: [ScoreFunction] {
    classifier.scoreFunctions.map { $0.inFixedBatches(of: rows) }
  }
  public var surrogateScores: [ScoreFunction] {
    classifier.surrogateScores.map { $0.inFixedBatches(of: rows) }
  }
}

extension Classifier {
  /// The same classifier, evaluated in batches of one size.
  public var inFixedBatches: FixedBatchClassifier {
    self as? FixedBatchClassifier ?? FixedBatchClassifier(self)
  }
}

extension ScoreFunction {
  /// The same scores, evaluated in batches of one size.
  public var inFixedBatches: ScoreFunction { inFixedBatches(of: FixedBatch.rows) }

  fileprivate func inFixedBatches(of rows: Int) -> ScoreFunction {
    ScoreFunction(name: name) { try FixedBatch.map($0, most: rows, scores) }
  }
}

extension FixedBatchClassifier {
  /// The most rows that `widened` goes up to.
  package static let mostRows = 4 * FixedBatch.rows

  /// The rows that `widened` asks each score function for, at most.
  package static let trialRows =
    mostRows
    + stride(from: 2 * FixedBatch.rows, through: mostRows, by: FixedBatch.rows).reduce(0, +)

  /// The same classifier in batches of several times `FixedBatch.rows`, up to `mostRows`, if a trial gives
  /// the same bits: scores of small networks take little longer for many images than for a few.
  ///
  /// Libraries choose the order of their sums by the shapes of tensors and not by what these hold. So if
  /// scores and derivatives of a few batches come out the same alone and beside others, at every place of a
  /// larger batch, those of other images do too. The batches of the trial differ, so that what a batch
  /// shares, such as the steps of a solver, is not taken for alike.
  ///
  /// - Parameter images: of which the first `FixedBatch.rows` are tried; with fewer, nothing changes.
  package func widened(trying images: Tensor) -> FixedBatchClassifier {
    guard images.shape[0] >= FixedBatch.rows else { return self }
    let images = images.sliced(0..<FixedBatch.rows).contiguous()
    let batches = (0..<Self.mostRows / FixedBatch.rows).map { images * (1 - Double($0) / 8) }
    let functions =
      [ScoreFunction(name: "logits", scores: classifier.logits)]
      + classifier.scoreFunctions.dropFirst() + classifier.surrogateScores
    var wide = self
    wide.rows = functions.map { $0.rowsAlike(in: batches) }.min() ?? rows
    return wide
  }
}

extension ScoreFunction {
  /// The most rows, in whole batches, up to which scores and derivatives of `batches` are the same to the bit
  /// together and alone; one batch where scores cannot be had or differentiated.
  fileprivate func rowsAlike(in batches: [Tensor]) -> Int {
    guard let first = answers(batches[0]) else { return FixedBatch.rows }
    var alone = [first]
    for count in 2...batches.count {
      guard let next = answers(batches[count - 1]),
        let together = answers(.concatenated(Array(batches[..<count])))
      else { break }
      alone.append(next)
      let isAlike = alone.indices.allSatisfy { place in
        let rows = place * FixedBatch.rows..<(place + 1) * FixedBatch.rows
        return zip(together, alone[place]).allSatisfy { ($0.sliced(rows) .== $1).all().isTrue }
      }
      guard isAlike else { return (count - 1) * FixedBatch.rows }
    }
    return alone.count * FixedBatch.rows
  }

  /// Scores of images and, where they have any, derivatives of a weighted sum of them.
  private func answers(_ images: Tensor) -> [Tensor]? {
    let point = images.differentiable()
    guard let scores = try? withGradients({ try self.scores(point) }), scores.rank == 2 else {
      return nil
    }
    guard scores.requiresGradient else { return [scores.detached] }
    // Weights that tell the classes apart.
    let weights = Tensor((0..<scores.shape[1]).map { 1 + Double($0) / 7 }).like(scores)
    let seed = weights.unsqueezed(0).expanded(scores.shape)
    return [scores.detached, gradient(of: scores, wrt: [point], seed: seed)[0]]
  }
}
