import Tensors

/// What a model minimises to become robust: how the images x' it learns from are found near the
/// clean ones x, and what their scores add to the model's own loss.
///
/// The inner maximisation works on the classifier in use, the outer loss on recorded scores of the
/// same model in training. A new objective is one file and one line in the catalog.
public protocol AdversarialObjective: Sendable {
  /// The name in options and configurations.
  static var name: String { get }

  /// Where the objective is published.
  static var reference: String { get }

  /// How x' is found.
  var maximization: InnerMaximization { get }

  /// What is learned from x'.
  var outerLoss: OuterLoss { get }
}

/// Where perturbed images x' enter a model's own loss L.
public enum OuterLoss {
  /// L(x') in place of L(x).
  case ownAtPerturbedImages
  /// L(x), with terms of scores s(x) and s(x') [N, L], and labels [N], added.
  case terms((_ clean: Tensor, _ perturbed: Tensor, _ labels: Tensor) -> AdversarialTerms)
}

/// Means over a batch, recorded single elements.
public struct AdversarialTerms {
  /// Judges scores by labels in place of the part of L that does; nil leaves that part in L.
  public let classification: Tensor?
  /// What is added beside, before its weight.
  public let robustness: Tensor
  /// β of TRADES, λ of MART.
  public let weight: Double

  public init(classification: Tensor? = nil, robustness: Tensor, weight: Double) {
    self.classification = classification
    self.robustness = robustness
    self.weight = weight
  }
}
