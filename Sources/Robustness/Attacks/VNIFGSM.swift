import NeuralNetworks
import Tensors

/// NI-FGSM with its gradient corrected by how gradients vary nearby.
///
///     m ← μ m + (g + v) / mean |g + v|,   v ← mean over K neighbours of ∇L(x + U(-βε, βε)) - g
///
/// Wang and He, "Enhancing the transferability of adversarial attacks through variance tuning",
/// 2021, as torchattacks has it (vnifgsm.py): K = 5, where the publication has 20, and β = 1.5.
/// Neighbours are around x, not around the point ahead, and may leave [0, 1]. "VNI" of the
/// Zubov-Net paper's Table III, there made for other models and transferred.
public struct VNIFGSM: Attack {
  public let name: String
  public let reference = "Wang and He 2021, arXiv:2103.15571"
  public let norms: Set<ThreatModel.Norm> = [.linf]
  /// Steps of the ascent.
  public let iterations: Int
  /// The step α as a share of ε.
  public let relativeStep: Double
  /// μ.
  public let decay: Double
  /// K.
  public let neighbours: Int
  /// β, half the width of the neighbourhood as a share of ε.
  public let relativeSpread: Double
  /// The point that it gives: the best it came by, or the last.
  public let returning: ReturnedIterate

  /// - Parameters:
  ///   - iterations: at least 1. Each costs a gradient at every neighbour besides its own.
  ///   - relativeStep: α / ε, above 0. By default 1/4, torchattacks' 2/255 at 8/255.
  ///   - decay: at least 0.
  ///   - neighbours: at least 1.
  ///   - relativeSpread: β, at least 0.
  public init(
    name: String = "vni-fgsm", iterations: Int = 10, relativeStep: Double = 1 / 4,
    decay: Double = 1, neighbours: Int = 5, relativeSpread: Double = 1.5,
    returning: ReturnedIterate = .best
  ) {
    precondition(
      iterations > 0 && relativeStep > 0 && decay >= 0 && neighbours > 0 && relativeSpread >= 0,
      "VNIFGSM(iterations: \(iterations), step: \(relativeStep), decay: \(decay), "
        + "neighbours: \(neighbours), spread: \(relativeSpread))")
    self.name = name
    self.iterations = iterations
    self.relativeStep = relativeStep
    self.decay = decay
    self.neighbours = neighbours
    self.relativeSpread = relativeSpread
    self.returning = returning
  }

  /// With the Zubov-Net paper's 10 steps of ε/8 (section IV-A), last iterate.
  public static var paper: VNIFGSM { VNIFGSM(relativeStep: 1 / 8, returning: .last) }

  public var steps: Int { iterations * (1 + neighbours) }

  public var parameters: [String: String] {
    [
      "steps": "\(iterations)", "step": "\(relativeStep) epsilon", "decay": "\(decay)",
      "neighbours": "\(neighbours)", "spread": "\(relativeSpread) epsilon",
      "iterate": returning.rawValue,
    ]
  }

  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    let epsilon = problem.threat.epsilon
    return try MomentumAscent(
      name: name, steps: iterations, stepLength: relativeStep * epsilon, decay: decay,
      looksAhead: true, neighbours: neighbours, spread: relativeSpread * epsilon,
      returning: returning
    ).climb(problem)
  }
}
