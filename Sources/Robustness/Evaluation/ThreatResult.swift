/// What all attacks together did within one threat model.
public struct ThreatResult: Codable, Sendable, Hashable {
  public let threat: ThreatModel
  public let attacks: [AttackResult]
  /// The headline: samples that are correct clean and under every attack, score function and
  /// attempt. Unresolved samples do not count as correct.
  public let worstCase: Accuracy
  /// The indices of the samples that make up `worstCase`.
  public let survivors: [Int]

  /// The indices of samples that no attack broke while some gradient on the way was not finite.
  public var unresolved: [Int] {
    Set(attacks.flatMap(\.unresolved)).subtracting(brokenIndices).sorted()
  }

  /// The indices of samples that some attack broke.
  public var brokenIndices: [Int] {
    Set(attacks.flatMap { $0.breaks.map(\.index) }).sorted()
  }
}

/// What one attack did to the samples that are classified correctly without it.
public struct AttackResult: Codable, Sendable, Hashable {
  public let name: String
  public let reference: String
  public let parameters: [String: String]
  /// Gradients that the attack may take for one sample and score function, over all attempts.
  public let effort: Int
  /// Samples that are correct clean and after every attempt through every score function.
  public let accuracy: Accuracy
  /// One entry for each score function, in the order in which they were attacked.
  public let scoreFunctions: [ScoreFunctionResult]
  /// Every sample that the attack broke, by what broke it first.
  public let breaks: [Break]
  /// The indices of samples that were not broken while some gradient on the way was not finite.
  /// They are not counted as correct: nothing is known about them.
  public let unresolved: [Int]
  /// The indices of samples that were not broken while every attempt, through every score function,
  /// started at a gradient of 0. They are counted as correct although nothing pushed them.
  public let unattacked: [Int]
}

/// What an attack did through one score function, on the samples that survived those before it.
public struct ScoreFunctionResult: Codable, Sendable, Hashable {
  public let name: String
  /// Samples attacked.
  public internal(set) var attacked = 0
  /// Samples broken.
  public internal(set) var broken = 0
  /// Samples whose gradient was 0 at the start of some attempt.
  public internal(set) var zeroGradients = 0
  /// Samples whose gradient was infinite or not a number in some attempt.
  public internal(set) var nonFiniteGradients = 0
  /// Samples for which the attack returned an image that is not allowed.
  public internal(set) var infeasible = 0

  init(name: String) { self.name = name }
}

/// A sample that an attack broke.
public struct Break: Codable, Sendable, Hashable {
  /// The place of the sample in its data set.
  public let index: Int
  public let label: Int
  /// The class that the classifier reports instead.
  public let prediction: Int
  /// The score function that was attacked, and the attempt that succeeded, counted from 0.
  public let scoreFunction: String
  public let attempt: Int
  /// The length of the perturbation in the norm of the threat model.
  public let distance: Double
}
