import NeuralNetworks
import Tensors

/// Projected gradient ascent from a random start, restarted on the samples that survive.
///
/// Madry et al., "Towards deep learning models resistant to adversarial attacks", 2018. The start
/// is uniform in the L-inf ball; in L2 it has a uniform direction and a uniform length up to ε, and
/// steps follow g / ‖g‖ (torchattacks, pgd.py and pgdl2.py). Each sample's start depends on the
/// seed, its data set index and the restart alone.
public struct PGD: Attack {
  public let name: String
  public let reference = "Madry et al. 2018, arXiv:1706.06083"
  public let norms: Set<ThreatModel.Norm> = [.linf, .l2]
  public let steps: Int
  public let attempts: Int
  /// The step α as a share of ε.
  public let relativeStep: Double
  public let returning: ReturnedIterate

  /// - Parameters:
  ///   - name: what results call it; two settings in one evaluation need two names.
  ///   - steps: at least 1.
  ///   - restarts: random starts, at least 1.
  ///   - relativeStep: α / ε, above 0; 2.5 / steps where omitted, so that any point of the ball can
  ///     be reached from any start (ε/4, torchattacks' 2/255 at 8/255, for 10 steps).
  public init(
    name: String = "pgd", steps: Int = 10, restarts: Int = 1, relativeStep: Double? = nil,
    returning: ReturnedIterate = .best
  ) {
    let relativeStep = relativeStep ?? 2.5 / Double(max(steps, 1))
    precondition(
      steps > 0 && restarts > 0 && relativeStep > 0,
      "PGD(steps: \(steps), restarts: \(restarts), step: \(relativeStep))")
    self.name = name
    self.steps = steps
    self.attempts = restarts
    self.relativeStep = relativeStep
    self.returning = returning
  }

  /// As the Zubov-Net paper states it (section IV-A): 10 steps of ε/8, one start, last iterate.
  public static var paper: PGD { PGD(relativeStep: 1 / 8, returning: .last) }

  public var parameters: [String: String] {
    [
      "steps": "\(steps)", "step": "\(relativeStep) epsilon", "restarts": "\(attempts)",
      "iterate": returning.rawValue,
    ]
  }

  public func perturb(
    _ samples: LabelledImages, scores: ScoreFunction, threat: ThreatModel, seed: UInt64,
    attempt: Int
  ) throws -> Perturbation {
    let shape = Array(samples.images.shape.dropFirst())
    let changes = samples.indices.map { index in
      threat.randomChange(
        shape,
        using: RandomGenerator(seed: seed, purpose: name, sample: index, variant: attempt))
    }
    let start = threat.projected(
      samples.images + Tensor.stacked(changes).like(samples.images), around: samples.images)
    return try GradientAscent(
      steps: steps, stepLength: relativeStep * threat.epsilon, returning: returning
    ).climb(from: start, samples: samples, scores: scores, threat: threat)
  }
}
