import NeuralNetworks
import Robustness
import Tensors

extension LinearProblem {
  /// Images with the labels that a classifier gives them.
  init(_ classifier: LinearClassifier, images: Tensor) throws {
    self.classifier = classifier
    data = try LabelledImages(
      images: images, labels: classifier.logits(images).argMax(along: 1).integers, classCount: 2)
  }

  /// All samples, or those at the given positions.
  func attackProblem(
    _ threat: ThreatModel, seed: UInt64 = 1, attempt: Int = 0, isDecisive: Bool = true,
    positions: [Int]? = nil
  ) -> AttackProblem {
    AttackProblem(
      positions.map(data.subset) ?? data, scores: classifier.scoreFunctions[0], threat: threat,
      seed: seed, attempt: attempt, isDecisive: isDecisive)
  }

  /// The wrong class's score minus the true one's: positive where misclassified.
  func margins(_ images: Tensor) -> [Double] {
    let scores = classifier.logits(images)
    return data.labelList.indices.map { row in
      let pair = scores[row].doubles
      return pair[1 - data.labelList[row]] - pair[data.labelList[row]]
    }
  }
}
