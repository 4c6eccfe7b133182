import Tensors

/// The method's own loss at clean images, and a term that holds the probabilities of perturbed
/// images to theirs:
///
///     L(x, y) + β mean KL(p(x) ‖ p(x')),   p = softmax of the scores.
///
/// Zhang et al., "Theoretically principled trade-off between robustness and accuracy", 2019, with
/// the settings of its CIFAR-10 script: x' has a large KL(p(x) ‖ p(x')), from x + 0.001 N(0, 1), in
/// 10 steps; β = 6. p(x) is not detached. Differences: steps and budget are 2/255 and 8/255 where
/// the script has 0.007 and 0.031; the start is projected before its first gradient.
public struct TRADES: AdversarialObjective {
  public static let name = "trades"
  public static let reference = "Zhang et al. 2019, arXiv:1901.08573"

  public let maximization: InnerMaximization
  /// β.
  public let weight: Double

  /// With the authors' 10 steps, start and β, unless others are given.
  public init(
    epsilon: Budget, stepSize: Budget, steps: Int = 10, start: InnerMaximization.Start = .normal,
    weight: Double = 6
  ) {
    maximization = InnerMaximization(
      loss: .divergence, start: start, epsilon: epsilon, stepSize: stepSize, steps: steps)
    self.weight = weight
  }

  public var outerLoss: OuterLoss {
    .terms { clean, perturbed, _ in
      AdversarialTerms(
        robustness: Self.divergence(clean: clean, perturbed: perturbed).mean(), weight: weight)
    }
  }

  /// KL(p ‖ p') = Σ_j p_j (ln p_j - ln p'_j) of each sample, [N], from scores [N, L]; 0 exactly
  /// where they are equal.
  public static func divergence(clean: Tensor, perturbed: Tensor) -> Tensor {
    let logarithms = clean.logSoftmax(along: 1)
    return (logarithms.exp * (logarithms - perturbed.logSoftmax(along: 1))).sum(along: 1)
  }
}
