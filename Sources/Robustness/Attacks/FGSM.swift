import NeuralNetworks
import Tensors

/// The fast gradient sign method: x' = clamp(x + ε · sign ∇L, 0, 1), from the clean image.
///
/// Goodfellow, Shlens, Szegedy, "Explaining and harnessing adversarial examples", 2015. Where the
/// gradient is 0 the pixel stays (sign 0 = 0), as in torchattacks.
public struct FGSM: Attack {
  public let name = "fgsm"
  public let reference = "Goodfellow et al. 2015, arXiv:1412.6572"
  public let norms: Set<ThreatModel.Norm> = [.linf]
  public let steps = 1

  public init() {}

  public var parameters: [String: String] {
    ["loss": CrossEntropyLoss().name, "steps": "1", "step": "epsilon"]
  }

  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    try GradientAscent(steps: 1, stepLength: problem.threat.epsilon, returning: .last)
      .climb(from: problem.samples.images, problem)
  }
}
