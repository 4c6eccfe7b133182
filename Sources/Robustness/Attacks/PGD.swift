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
  /// What is ascended.
  public let loss: any AttackLoss
  public let steps: Int
  /// Random starts.
  public let restarts: Int
  /// The step α as a share of ε.
  public let relativeStep: Double
  /// Whether each restart is at a random point of the ball, or at the clean image.
  public let startsRandomly: Bool
  /// The point that it gives: the best it came by, or the last.
  public let returning: ReturnedIterate
  /// Evaluations that each gradient is the mean of, for random scores.
  public let draws: Int

  /// - Parameters:
  ///   - name: what results call it; two settings in one evaluation need two names.
  ///   - steps: at least 1.
  ///   - restarts: random starts, at least 1.
  ///   - relativeStep: α / ε, above 0; 2.5 / steps where omitted, so that any point of the ball can
  ///     be reached from any start (ε/4, torchattacks' 2/255 at 8/255, for 10 steps).
  ///   - startsRandomly: whether not from the clean image.
  public init(
    name: String = "pgd", loss: any AttackLoss = CrossEntropyLoss(), steps: Int = 10,
    restarts: Int = 1, relativeStep: Double? = nil, startsRandomly: Bool = true,
    returning: ReturnedIterate = .best, draws: Int = 1
  ) {
    let relativeStep = relativeStep ?? 2.5 / Double(max(steps, 1))
    precondition(
      steps > 0 && restarts > 0 && relativeStep > 0,
      "PGD(steps: \(steps), restarts: \(restarts), step: \(relativeStep))")
    self.name = name
    self.loss = loss
    self.steps = steps
    self.restarts = restarts
    self.relativeStep = relativeStep
    self.startsRandomly = startsRandomly
    self.returning = returning
    self.draws = draws
  }

  /// As the Zubov-Net paper states it (section IV-A): 10 steps of ε/8, one start, last iterate.
  public static var paper: PGD { PGD(relativeStep: 1 / 8, returning: .last) }

  public var parameters: [String: String] {
    [
      "loss": loss.name, "steps": "\(steps)", "step": "\(relativeStep) epsilon",
      "restarts": "\(restarts)", "start": startsRandomly ? "random" : "clean",
      "iterate": returning.rawValue, "draws": "\(draws)",
    ]
  }

  public func attempts(classCount: Int) -> Int { restarts }

  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    let start = startsRandomly ? problem.randomStart(for: name) : problem.samples.images
    return try GradientAscent(
      loss: loss, steps: steps, stepLength: relativeStep * problem.threat.epsilon,
      returning: returning, draws: draws
    ).climb(from: start, problem)
  }
}
