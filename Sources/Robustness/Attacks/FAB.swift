import NeuralNetworks
import Tensors

/// The fast adaptive boundary attack: looks for the nearest misclassified image, whatever ε is.
///
/// At each step the scores are made linear, and both the current point and the clean image are
/// projected onto the boundary that this draws, within [0, 1] (`BoxProjection`). With the changes
/// d₁ and d₂,
///
/// x_{t+1} = clamp((1 - α)(x_t + η d₁) + α (x + η d₂), 0, 1), α = min(‖d₁‖ / (‖d₁‖ + ‖d₂‖), α_max),
///
/// so the point is drawn along the boundary towards the clean image. Where x_{t+1} is misclassified
/// it is noted if it is the nearest so far, and the search goes on at x + β (x_{t+1} - x).
///
/// Croce and Hein, "Minimally distorted adversarial examples with a fast adaptive boundary attack",
/// 2020 (autoattack/fab_base.py). Attempts after the first start at random at a distance of ε / 2.
/// Deviations: a sample that has a misclassified image within ε stops there, which changes no
/// accuracy (see `stopsAtSuccess`); a tie of scores is not yet misclassified; the projection is in
/// float64.
public struct FAB: Attack {
  public let name: String
  public let reference = "Croce and Hein 2020, arXiv:1907.02044"
  public let norms: Set<ThreatModel.Norm> = [.linf, .l2]
  public let steps: Int
  /// Starts, for each target class if there are any.
  public let restarts: Int
  /// How many wrong classes are aimed at, one an attempt, from the one with the greatest score at
  /// the clean image on; where nil, each step goes for the nearest boundary of all wrong classes,
  /// at the cost of a backward pass for each of them.
  public let targets: Int?
  /// The greatest weight α_max of the step from the clean image.
  public let alphaMax: Double
  /// How far beyond the boundary a step goes: η, at least 1.
  public let overshoot: Double
  /// Where the search goes on between the clean image (0) and a misclassified one (1): β.
  public let backwardStep: Double
  /// Whether a sample is left alone once a misclassified image within ε is known, if the scores
  /// decide as the model does. If not, it is searched for nearer ones to the end.
  public let stopsAtSuccess: Bool

  /// - Parameters:
  ///   - name: what results call it; two settings in one evaluation need two names.
  ///   - targets: at least 1, or nil; where there are fewer wrong classes, all of them.
  ///   - steps: at least 1.
  ///   - restarts: at least 1; the first from the clean image.
  ///   - alphaMax: in [0, 1].
  ///   - overshoot: at least 1.
  ///   - backwardStep: in [0, 1].
  public init(
    name: String = "fab", targets: Int? = nil, steps: Int = 100, restarts: Int = 1,
    alphaMax: Double = 0.1, overshoot: Double = 1.05, backwardStep: Double = 0.9,
    stopsAtSuccess: Bool = true
  ) {
    precondition(
      steps > 0 && restarts > 0 && (targets ?? 1) > 0,
      "FAB(targets: \(String(describing: targets)), steps: \(steps), restarts: \(restarts))")
    precondition(
      (0...1).contains(alphaMax) && overshoot >= 1 && (0...1).contains(backwardStep),
      "FAB(alphaMax: \(alphaMax), overshoot: \(overshoot), backwardStep: \(backwardStep))")
    self.name = name
    self.targets = targets
    self.steps = steps
    self.restarts = restarts
    self.alphaMax = alphaMax
    self.overshoot = overshoot
    self.backwardStep = backwardStep
    self.stopsAtSuccess = stopsAtSuccess
  }

  /// FAB-T: up to 9 target classes, as AutoAttack has it.
  public static func targeted(
    name: String = "fab-t", targets: Int = 9, steps: Int = 100, restarts: Int = 1
  ) -> FAB {
    FAB(name: name, targets: targets, steps: steps, restarts: restarts)
  }

  public var parameters: [String: String] {
    [
      "targets": targets.map { $0 == .max ? "all" : "\($0)" } ?? "nearest", "steps": "\(steps)",
      "restarts": "\(restarts)", "alpha max": "\(alphaMax)", "eta": "\(overshoot)",
      "beta": "\(backwardStep)", "stops at success": "\(stopsAtSuccess)",
    ]
  }

  public func attempts(classCount: Int) -> Int {
    restarts * min(targets ?? 1, max(classCount - 1, 1))
  }

  /// The nearest misclassified image where its norm is at most ε, else the clean one.
  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    let isEnough = stopsAtSuccess && problem.isDecisive
    let search = try FABSearch(
      self, problem, sufficientNorm: isEnough ? problem.threat.epsilon : nil)
    let isAllowed = search.distances .<= problem.threat.epsilon
    let clean = problem.samples.images
    return Perturbation(
      images: Tensor.select(isAllowed.spread(over: clean), search.images, clean),
      gradients: search.health)
  }

  /// Searches for the misclassified images nearest to the clean ones, however far they are; ε only
  /// sets how far from the clean image random starts are.
  ///
  /// - Parameters:
  ///   - problem: its attempt is the first to be made.
  ///   - attempts: how many are made, at least 1; `attempts(classCount:)` are all there are.
  /// - Returns: for each sample the nearest image found and its distance in the norm of the threat
  ///   model: the clean image and 0 where that is misclassified already, the clean image and
  ///   infinity where none was found.
  /// - Throws: what the score function throws.
  public func minimumNorm(
    _ problem: AttackProblem, attempts: Int = 1
  ) throws -> (images: Tensor, distances: [Double]) {
    var images = problem.samples.images
    var distances: Tensor?
    for later in 0..<attempts {
      let search = try FABSearch(self, problem.advanced(by: later), sufficientNorm: nil)
      let isNearer = distances.map { search.distances .< $0 } ?? search.distances.isFinite
      images = Tensor.select(isNearer.spread(over: images), search.images, images)
      distances = distances.map { search.distances.minimum($0) } ?? search.distances
    }
    return (images, distances?.doubles ?? [])
  }
}

extension AttackProblem {
  /// The same problem at later attempts.
  fileprivate func advanced(by count: Int) -> AttackProblem {
    AttackProblem(
      samples, scores: scores, threat: threat, seed: seed, attempts: attempts.map { $0 + count },
      isDecisive: isDecisive)
  }
}
