import NeuralNetworks
import Tensors

/// The basic iterative method: FGSM in several smaller steps, each projected onto the L-inf ball
/// and [0, 1], from the clean image.
///
/// Kurakin, Goodfellow, Bengio, "Adversarial examples in the physical world", 2017.
public struct BIM: Attack {
  public let name = "bim"
  public let reference = "Kurakin et al. 2017, arXiv:1607.02533"
  public let norms: Set<ThreatModel.Norm> = [.linf]
  public let steps: Int
  /// The step α as a share of ε.
  public let relativeStep: Double
  /// The point that it gives: by default the best it came by; the publication's is the last.
  public let returning: ReturnedIterate

  /// - Parameters:
  ///   - steps: at least 1.
  ///   - relativeStep: α / ε, above 0. By default 1/4, torchattacks' 2/255 at 8/255.
  public init(
    steps: Int = 10, relativeStep: Double = 1 / 4, returning: ReturnedIterate = .best
  ) {
    precondition(steps > 0 && relativeStep > 0, "BIM(steps: \(steps), step: \(relativeStep))")
    self.steps = steps
    self.relativeStep = relativeStep
    self.returning = returning
  }

  /// As the Zubov-Net paper states it (section IV-A): 10 steps of ε/8, last iterate.
  public static var paper: BIM { BIM(relativeStep: 1 / 8, returning: .last) }

  public var parameters: [String: String] {
    [
      "loss": CrossEntropyLoss().name, "steps": "\(steps)", "step": "\(relativeStep) epsilon",
      "iterate": returning.rawValue,
    ]
  }

  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    try GradientAscent(
      steps: steps, stepLength: relativeStep * problem.threat.epsilon, returning: returning
    ).climb(from: problem.samples.images, problem)
  }
}
