import Tensors

/// A boosted cross entropy of perturbed images in place of the method's classification loss, and
/// TRADES' term with more weight on what is misclassified:
///
///     L(x, y) - L_cla(x, y) + mean BCE(p', y) + λ mean KL(p ‖ p') (1 - p_y),
///     BCE(p', y) = -ln p'_y - ln(1 - max_{j ≠ y} p'_j),   p' = softmax of the scores of x'.
///
/// Wang et al., "Improving adversarial robustness requires revisiting misclassified examples",
/// 2020, with the constants of its script: 1.0001 - max p' + 10⁻¹² and p' + 10⁻¹² under logarithms,
/// 1.0000001 - p_y, λ = 5 (ResNet-18; 6 for wide ones); nothing is detached; x' has a large cross
/// entropy, from x + 0.001 N(0, 1), in 10 steps. Differences: 1 - p is computed from ln p; p as well
/// as p' has the 10⁻¹² under the logarithm, so that the divergence of equal scores is 0 exactly (at
/// most L · 10⁻¹² from the script's); steps and budget as in `TRADES`.
public struct MART: AdversarialObjective {
  public static let name = "mart"
  public static let reference = "Wang et al. 2020, ICLR, openreview rklOg6EFwS"

  public let maximization: InnerMaximization
  /// λ.
  public let weight: Double

  /// With the authors' 10 steps, start and λ, unless others are given.
  public init(
    epsilon: Budget, stepSize: Budget, steps: Int = 10, start: InnerMaximization.Start = .normal,
    weight: Double = 5
  ) {
    maximization = InnerMaximization(
      loss: .crossEntropy, start: start, epsilon: epsilon, stepSize: stepSize, steps: steps)
    self.weight = weight
  }

  public var outerLoss: OuterLoss {
    .terms { clean, perturbed, labels in
      let divergence = Self.weightedDivergence(clean: clean, perturbed: perturbed, labels: labels)
      return AdversarialTerms(
        classification: Self.boostedCrossEntropy(perturbed, labels: labels).mean(),
        robustness: divergence.mean(), weight: weight)
    }
  }

  /// BCE of each sample, [N], from scores [N, L].
  public static func boostedCrossEntropy(_ scores: Tensor, labels: Tensor) -> Tensor {
    let logarithms = scores.logSoftmax(along: 1)
    let isTrue = labels.oneHot(scores.shape[1], dtype: .bool)
    let wrong = Tensor.select(isTrue, .full(-.infinity, scores.shape).like(scores), logarithms)
    let doubt = -wrong.max(along: 1).expm1
    return -logarithms.gathering(columns: labels) - (doubt + (1e-4 + 1e-12)).log
  }

  /// KL(p ‖ p') (1 - p_y) of each sample, [N]; 0 exactly where the scores are equal.
  public static func weightedDivergence(
    clean: Tensor, perturbed: Tensor, labels: Tensor
  ) -> Tensor {
    let logarithms = clean.logSoftmax(along: 1)
    let probabilities = logarithms.exp
    let others = perturbed.logSoftmax(along: 1).exp
    let divergence =
      (probabilities * ((probabilities + 1e-12).log - (others + 1e-12).log)).sum(along: 1)
    return divergence * (-logarithms.gathering(columns: labels).expm1 + 1e-7)
  }
}
