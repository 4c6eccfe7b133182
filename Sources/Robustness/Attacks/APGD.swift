import NeuralNetworks
import Tensors

/// Auto-PGD: projected gradient ascent with momentum that sets its step lengths by itself.
///
///     u       = P(x_t + η · direction(∇L(x_t)))
///     x_{t+1} = P(x_t + 0.75 (u - x_t) + 0.25 (x_t - x_{t-1}))
///
/// with direction(g) = sign g in L-inf and g / ‖g‖ in L2. η is 2ε at first. At checkpoints that
/// follow ever faster on one another, a sample whose loss rose in at most a share ρ of the steps
/// since the last one, or whose greatest loss is still what it was there although η had stayed
/// the same, has η halved and goes on from the point of its greatest loss.
///
/// Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
/// parameter-free attacks", 2020, as AutoAttack has it (autopgd_base.py). Deviations:
///
/// - Draws depend on the seed, the sample and the attempt, not on the batch.
/// - The first step counts as a rise where the loss exceeds the one at the start; see
///   `comparesFirstLossWithZero`.
/// - A sample that is never misclassified becomes the point of its greatest loss; AutoAttack returns
///   the clean image.
/// - A sample that is misclassified is done, unless `stopsAtSuccess` is false.
public struct APGD: Attack {
  /// What is maximised.
  public enum Objective: Sendable {
    /// One loss, the same in each attempt.
    case untargeted(any AttackLoss)
    /// The targeted difference of logits ratio, towards a class of its own in each attempt: the
    /// wrong classes in the order of their scores at the clean image, at most `classes` of them.
    /// AutoAttack has 9, torchattacks all.
    case targeted(classes: Int = 9)
  }

  /// Where the ascent starts.
  public enum Start: String, Sendable, Hashable {
    /// x + ε t / ‖t‖ in the norm of the threat model, confined to [0, 1]: t is uniform in L-inf,
    /// normal in L2.
    case random
    /// The clean image.
    case clean
  }

  public let name: String
  public let reference = "Croce and Hein 2020, arXiv:2003.01690"
  public let norms: Set<ThreatModel.Norm> = [.linf, .l2]
  /// What is maximised, and towards which classes.
  public let objective: Objective
  /// Steps of the ascent.
  public let iterations: Int
  /// Starts for each loss.
  public let restarts: Int
  /// ρ, the share of steps that have to raise the loss.
  public let requiredRises: Double
  /// Where each ascent starts.
  public let start: Start
  /// Evaluations that each gradient is the mean of, for random scores; loss and decision are those
  /// of the last.
  public let draws: Int
  /// Whether a sample is left alone once scores that decide as the model does get it wrong. If
  /// not, the last misclassified point is returned, as by AutoAttack.
  public let stopsAtSuccess: Bool
  /// Whether the loss after the first step counts as a rise where it exceeds 0 rather than the loss
  /// at the start. AutoAttack and torchattacks do so by reading the last row of a table of losses,
  /// which is still empty. It matters for comparisons with them only.
  public let comparesFirstLossWithZero: Bool

  /// - Parameters:
  ///   - name: what results call it.
  ///   - iterations: at least 1. Each evaluates the loss once, and the start is one more.
  ///   - restarts: at least 1.
  ///   - requiredRises: from 0 to 1.
  ///   - draws: at least 1.
  public init(
    name: String, objective: Objective, iterations: Int = 100, restarts: Int = 1,
    requiredRises: Double = 0.75, start: Start = .random, draws: Int = 1,
    stopsAtSuccess: Bool = true, comparesFirstLossWithZero: Bool = false
  ) {
    precondition(
      iterations > 0 && restarts > 0 && draws > 0 && (0...1).contains(requiredRises),
      "APGD(iterations: \(iterations), restarts: \(restarts), requiredRises: \(requiredRises), "
        + "draws: \(draws))")
    if case .targeted(let classes) = objective {
      precondition(classes > 0, "APGD towards \(classes) classes")
    }
    self.name = name
    self.objective = objective
    self.iterations = iterations
    self.restarts = restarts
    self.requiredRises = requiredRises
    self.start = start
    self.draws = draws
    self.stopsAtSuccess = stopsAtSuccess
    self.comparesFirstLossWithZero = comparesFirstLossWithZero
  }

  /// APGD-CE, on the cross entropy.
  public static var crossEntropy: APGD {
    APGD(name: "apgd-ce", objective: .untargeted(CrossEntropyLoss()))
  }

  /// APGD-DLR, on the difference of logits ratio.
  public static var logitRatio: APGD {
    APGD(name: "apgd-dlr", objective: .untargeted(LogitRatioLoss()))
  }

  /// APGD-T, on the targeted difference of logits ratio towards 9 classes.
  public static var targeted: APGD { APGD(name: "apgd-t", objective: .targeted()) }

  /// The same with torchattacks' default of 10 steps, and its count of the first.
  public var asInTorchattacks: APGD {
    APGD(
      name: name, objective: objective, iterations: 10, restarts: restarts,
      requiredRises: requiredRises, start: start, draws: draws, stopsAtSuccess: stopsAtSuccess,
      comparesFirstLossWithZero: true)
  }

  /// The numbers of steps after which step lengths are checked: first after 0.22 of all, then at
  /// intervals that shrink by 0.03 of all each time, down to 0.06 (each rounded down, at least 1).
  public static func checkpoints(iterations: Int) -> [Int] {
    func share(_ fraction: Double) -> Int { max(Int(fraction * Double(iterations)), 1) }
    let (decrease, shortest) = (share(0.03), share(0.06))
    var interval = share(0.22)
    var points: [Int] = []
    var next = interval
    while next <= iterations {
      points.append(next)
      interval = max(interval - decrease, shortest)
      next += interval
    }
    return points
  }

  public var steps: Int {
    let passes = (iterations + 1) * draws
    return if case .targeted = objective { passes + 1 } else { passes }
  }

  public var parameters: [String: String] {
    var parameters = [
      "steps": "\(iterations)", "step": "2 epsilon, adapted", "restarts": "\(restarts)",
      "rho": "\(requiredRises)", "start": start.rawValue, "draws": "\(draws)",
      "iterate": stopsAtSuccess ? "first misclassified" : "last misclassified",
      "first loss compared with": comparesFirstLossWithZero ? "0" : "start",
    ]
    switch objective {
    case .untargeted(let loss): parameters["loss"] = loss.name
    case .targeted(let classes):
      parameters["loss"] = TargetedLogitRatioLoss.name
      parameters["classes"] = classes == .max ? "all" : "\(classes)"
    }
    return parameters
  }

  public func attempts(classCount: Int) -> Int {
    switch objective {
    case .untargeted: restarts
    case .targeted(let classes): restarts * min(classes, classCount - 1)
    }
  }

  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    try APGDAscent(
      loss: loss(for: problem), iterations: iterations, requiredRises: requiredRises,
      draws: draws, stopsAtSuccess: stopsAtSuccess,
      comparesFirstLossWithZero: comparesFirstLossWithZero
    ).climb(from: startingPoint(for: problem), problem)
  }

  private func loss(for problem: AttackProblem) throws -> any AttackLoss {
    switch objective {
    case .untargeted(let loss): return loss
    case .targeted:
      let clean = try withoutGradients { try problem.scores.scores(problem.samples.images) }
      return TargetedLogitRatioLoss(targets: problem.targets(by: clean, restarts: restarts))
    }
  }

  private func startingPoint(for problem: AttackProblem) -> Tensor {
    let (clean, threat) = (problem.samples.images, problem.threat)
    guard start == .random else { return clean }
    let draws = problem.draws(for: name) {
      switch threat.norm {
      case .linf: $0.uniform(problem.sampleShape, in: -1..<1)
      case .l2: $0.normal(problem.sampleShape)
      }
    }
    let lengths =
      switch threat.norm {
      case .linf: draws.samplesFlattened.magnitude.max(along: 1)
      case .l2: draws.sampleNorms
      }
    let change = draws / lengths.maximum(1e-12).spread(over: draws) * threat.epsilon
    return threat.projected(clean + change, around: clean)
  }
}
