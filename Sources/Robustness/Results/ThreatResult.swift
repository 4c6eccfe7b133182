/// What all attacks together did within one threat model.
public struct ThreatResult: Codable, Sendable, Hashable {
  /// What perturbations were allowed.
  public let threat: ThreatModel
  /// One for each plan, in the order in which they were run.
  public let attacks: [AttackResult]
  /// The indices of samples that were broken under a smaller budget of the same norm: what breaks
  /// them there is allowed here.
  public let inherited: [Int]
  /// The headline: samples that are correct clean and under every attack, score function and
  /// attempt, with this budget and every smaller one. Unresolved samples do not count as correct.
  public let worstCase: Accuracy
  /// The indices of the samples that make up `worstCase`.
  public let survivors: [Int]

  /// The indices of samples that no attack broke while some gradient on the way was not finite.
  public var unresolved: [Int] {
    Set(attacks.flatMap(\.unresolved)).subtracting(brokenIndices).sorted()
  }

  /// The indices of samples that some attack broke, under this threat model or a smaller budget.
  public var brokenIndices: [Int] {
    Set(attacks.flatMap { $0.breaks.map(\.index) } + inherited).sorted()
  }
}

/// What one plan did to the samples that are classified correctly without it.
public struct AttackResult: Codable, Sendable, Hashable {
  /// The plan's name.
  public let name: String
  /// Where the plan is published.
  public let reference: String
  /// Passes through the model that the attacks may take for one sample and score function, over all
  /// attempts.
  public let effort: Int
  /// Samples that are correct clean and after every attempt through every score function.
  public let accuracy: Accuracy
  /// One entry for each attack of the plan, in their order.
  public let stages: [StageResult]
  /// Every sample that the plan broke, by what broke it first.
  public let breaks: [Break]
  /// The indices of samples that were not broken while some gradient on the way was not finite.
  /// They are not counted as correct: nothing is known about them.
  public let unresolved: [Int]
  /// The indices of samples that were not broken while every attempt, through every score function,
  /// started at a gradient of 0. They are counted as correct although nothing pushed them.
  public let unattacked: [Int]

  /// Whether every attack is a black box.
  public var isBlackBox: Bool { stages.allSatisfy(\.isBlackBox) }
  /// What happened through each score function, over all stages.
  public var scoreFunctions: [ScoreFunctionResult] { stages.flatMap(\.scoreFunctions) }
}

/// What one attack of a plan did.
public struct StageResult: Codable, Sendable, Hashable {
  /// The attack's name.
  public let attack: String
  /// Where the attack is published.
  public let reference: String
  /// Every setting that the result depends on.
  public let parameters: [String: String]
  /// Whether it used no gradients of the model: none at all, or those of other models.
  public let isBlackBox: Bool
  /// One entry for each score function, in the order in which they were attacked.
  public let scoreFunctions: [ScoreFunctionResult]

  init(
    _ stage: AttackPlan.Stage, precision: AttackPrecision, scoreFunctions: [ScoreFunctionResult]
  ) {
    let attack = stage.attack
    self.attack = attack.name
    reference = attack.reference
    parameters =
      precision == .full
      ? attack.parameters : attack.parameters.merging(["precision": precision.rawValue]) { $1 }
    isBlackBox = !attack.usesGradients || stage.scores.areOfOthers
    self.scoreFunctions = scoreFunctions
  }
}

/// What an attack did through one score function, on the samples that survived those before it.
public struct ScoreFunctionResult: Codable, Sendable, Hashable {
  /// What the classifier calls these scores.
  public let name: String
  /// Whether these scores decide as the model does.
  public let isDecisive: Bool
  /// Samples attacked.
  public let attacked: Int
  /// Samples broken.
  public let broken: Int
  /// Samples whose gradient was 0 at the start of some attempt.
  public let zeroGradients: Int
  /// Samples whose gradient was infinite or not a number in some attempt.
  public let nonFiniteGradients: Int
  /// Samples for which the attack returned an image that is not allowed.
  public let infeasible: Int
}

/// A sample that an attack broke.
public struct Break: Codable, Sendable, Hashable {
  /// The place of the sample in its data set.
  public let index: Int
  /// The sample's class.
  public let label: Int
  /// The class that the classifier reports instead.
  public let prediction: Int
  /// The attack that broke it: a stage of the plan.
  public let attack: String
  /// The score function that was attacked.
  public let scoreFunction: String
  /// The attempt that succeeded, from 0.
  public let attempt: Int
  /// The length of the perturbation in the norm of the threat model.
  public let distance: Double
}
