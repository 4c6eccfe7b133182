import NeuralNetworks
import Tensors

/// BIM along an accumulated gradient, in the largest norm.
public protocol MomentumAttack: Attack {
  /// Whether the gradient is that at the point where momentum alone would lead.
  static var looksAhead: Bool { get }
  /// The step α as a share of ε.
  var relativeStep: Double { get }
  /// μ.
  var decay: Double { get }
  /// The point that it gives: the best it came by, or the last.
  var returning: ReturnedIterate { get }
}

extension MomentumAttack {
  public var norms: Set<ThreatModel.Norm> { [.linf] }

  public var parameters: [String: String] {
    [
      "steps": "\(steps)", "step": "\(relativeStep) epsilon", "decay": "\(decay)",
      "iterate": returning.rawValue,
    ]
  }

  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    try MomentumAscent(
      name: name, steps: steps, stepLength: relativeStep * problem.threat.epsilon, decay: decay,
      looksAhead: Self.looksAhead, returning: returning
    ).climb(problem)
  }
}

/// BIM along an accumulated gradient: m ← μ m + g / mean |g|, x ← P(x + α sign m).
///
/// Dong et al., "Boosting adversarial attacks with momentum", 2018, as torchattacks has it
/// (mifgsm.py). The publication divides by Σ |g|, which changes the scale of m only.
public struct MIFGSM: MomentumAttack {
  public let name: String
  public static let looksAhead = false
  public let reference = "Dong et al. 2018, arXiv:1710.06081"
  public let steps: Int
  /// The step α as a share of ε.
  public let relativeStep: Double
  /// μ.
  public let decay: Double
  public let returning: ReturnedIterate

  /// - Parameters:
  ///   - steps: at least 1.
  ///   - relativeStep: α / ε, above 0. By default 1/4, torchattacks' 2/255 at 8/255.
  ///   - decay: at least 0.
  public init(
    name: String = "mi-fgsm", steps: Int = 10, relativeStep: Double = 1 / 4, decay: Double = 1,
    returning: ReturnedIterate = .best
  ) {
    precondition(
      steps > 0 && relativeStep > 0 && decay >= 0,
      "MIFGSM(steps: \(steps), step: \(relativeStep), decay: \(decay))")
    self.name = name
    self.steps = steps
    self.relativeStep = relativeStep
    self.decay = decay
    self.returning = returning
  }

  /// With the Zubov-Net paper's 10 steps of ε/8 (section IV-A), last iterate.
  public static var paper: MIFGSM { MIFGSM(relativeStep: 1 / 8, returning: .last) }
}

/// MI-FGSM with the gradient at the point ahead: g = ∇L(x + α μ m) (Nesterov).
///
/// Lin et al., "Nesterov accelerated gradient and scale invariance for adversarial attacks", 2020,
/// as torchattacks has it (nifgsm.py), without the scaled copies of the image. The best iterate
/// costs one more forward pass in each step.
public struct NIFGSM: MomentumAttack {
  public let name: String
  public static let looksAhead = true
  public let reference = "Lin et al. 2020, arXiv:1908.06281"
  public let steps: Int
  /// The step α as a share of ε.
  public let relativeStep: Double
  /// μ.
  public let decay: Double
  public let returning: ReturnedIterate

  /// - Parameters:
  ///   - steps: at least 1.
  ///   - relativeStep: α / ε, above 0. By default 1/4, torchattacks' 2/255 at 8/255.
  ///   - decay: at least 0.
  public init(
    name: String = "ni-fgsm", steps: Int = 10, relativeStep: Double = 1 / 4, decay: Double = 1,
    returning: ReturnedIterate = .best
  ) {
    precondition(
      steps > 0 && relativeStep > 0 && decay >= 0,
      "NIFGSM(steps: \(steps), step: \(relativeStep), decay: \(decay))")
    self.name = name
    self.steps = steps
    self.relativeStep = relativeStep
    self.decay = decay
    self.returning = returning
  }

  /// With the Zubov-Net paper's 10 steps of ε/8 (section IV-A), last iterate.
  public static var paper: NIFGSM { NIFGSM(relativeStep: 1 / 8, returning: .last) }
}
