import Tensors

/// Learning from perturbed images alone: min E max L(x', y).
///
/// Madry et al., "Towards deep learning models resistant to adversarial attacks", 2018: x' has a
/// large cross entropy, from a uniform start. L is the whole objective of the method; for one of
/// cross entropy alone that is the published loss. By default 10 steps of 2/255 at 8/255. The
/// attack sees the model in use; Madry et al. left it in training mode, which makes little
/// difference.
public struct PGDAdversarialTraining: AdversarialObjective {
  public static let name = "pgd-at"
  public static let reference = "Madry et al. 2018, arXiv:1706.06083"

  public let maximization: InnerMaximization

  /// With 10 steps from a uniform start, unless others are given.
  public init(
    epsilon: Budget, stepSize: Budget, steps: Int = 10, start: InnerMaximization.Start = .uniform
  ) {
    maximization = InnerMaximization(
      loss: .crossEntropy, start: start, epsilon: epsilon, stepSize: stepSize, steps: steps)
  }

  public var outerLoss: OuterLoss { .ownAtPerturbedImages }
}
