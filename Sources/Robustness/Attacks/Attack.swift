import NeuralNetworks
import Tensors

/// A way to look for images near given ones that a classifier gets wrong.
///
/// An attack knows one score function at a time and makes one attempt at a time. Whoever runs it
/// (`RobustnessEvaluation`) chooses among score functions, makes the attempts on the samples that
/// survived the earlier ones, and verifies every result afresh; an attack claims nothing.
public protocol Attack: Sendable {
  /// The name in options and results. It is part of the key of random draws.
  var name: String { get }

  /// Where the attack is published.
  var reference: String { get }

  /// Every setting that the result depends on, for the report.
  var parameters: [String: String] { get }

  /// The norms the attack is defined for.
  var norms: Set<ThreatModel.Norm> { get }

  /// Passes through the model, with their gradients where it uses them, that one attempt costs at
  /// most.
  var steps: Int { get }

  /// Whether the attack knows images [C, H, W] only, and no points [d].
  var needsImages: Bool { get }

  /// Whether the attack differentiates the scores. One that does not is a black box.
  var usesGradients: Bool { get }

  /// How often the attack is tried on a sample of one of `classCount` classes: random starts, or
  /// target classes.
  func attempts(classCount: Int) -> Int

  /// Perturbs samples so that the scores decide against their labels.
  ///
  /// What happens to a sample depends on the sample, its index, the seed and the attempt, never on
  /// the rest of the batch (as far as the score function itself treats samples one by one).
  ///
  /// - Parameter problem: under a threat model of a norm that the attack is defined for.
  /// - Returns: one image for each sample, allowed by the threat model, successful or not.
  /// - Throws: what the score function throws; `Failure` if the attack is not defined for
  ///   samples of this shape.
  func perturb(_ problem: AttackProblem) throws -> Perturbation
}

extension Attack {
  public var needsImages: Bool { false }
  public var usesGradients: Bool { true }
  public func attempts(classCount: Int) -> Int { 1 }
}

/// One attempt of an attack: whom to move, against which scores, how far.
public struct AttackProblem {
  /// Clean images in [0, 1] with labels and data set indices.
  public let samples: LabelledImages
  /// The differentiable scores to work on.
  public let scores: ScoreFunction
  /// What is allowed.
  public let threat: ThreatModel
  /// Of every random draw, together with the attack's name, the sample's index and the attempt.
  public let seed: UInt64
  /// The attempt at each sample, in `0..<attempts(classCount:)`. One sample may be there several
  /// times, once for each of some attempts.
  public let attempts: [Int]
  /// Whether the scores decide as the model does. Then a sample they get wrong is broken, and an
  /// attack may leave it alone; what a surrogate gets wrong the model may still get right.
  public let isDecisive: Bool

  /// A problem whose samples all are at the same attempt, counted from 0.
  public init(
    _ samples: LabelledImages, scores: ScoreFunction, threat: ThreatModel, seed: UInt64 = 0,
    attempt: Int = 0, isDecisive: Bool = true
  ) {
    self.init(
      samples, scores: scores, threat: threat, seed: seed,
      attempts: Array(repeating: attempt, count: samples.count), isDecisive: isDecisive)
  }

  /// - Parameter attempts: one for each sample.
  public init(
    _ samples: LabelledImages, scores: ScoreFunction, threat: ThreatModel, seed: UInt64,
    attempts: [Int], isDecisive: Bool
  ) {
    precondition(
      attempts.count == samples.count,
      "AttackProblem: \(attempts.count) attempts at \(samples.count) samples")
    self.samples = samples
    self.scores = scores
    self.threat = threat
    self.seed = seed
    self.attempts = attempts
    self.isDecisive = isDecisive
  }

  /// The shape of one sample.
  var sampleShape: [Int] { Array(samples.images.shape.dropFirst()) }

  /// The problem of some of its samples, by position, with other scores where given.
  func subset(_ positions: [Int], scores other: ScoreFunction? = nil) -> AttackProblem {
    AttackProblem(
      samples.subset(positions), scores: other ?? scores, threat: threat, seed: seed,
      attempts: positions.map { attempts[$0] }, isDecisive: isDecisive)
  }

  /// The wrong class of each sample with the greatest of some scores [N, L] but so many as its
  /// attempt says, [N] (int64).
  ///
  /// - Parameter restarts: attempts in a row at the same class.
  func targets(by scores: Tensor, restarts: Int) -> Tensor {
    let ranked = scores.wrongScores(labels: samples.labels).sorted(along: 1, descending: true)
    let ranks = Tensor(attempts.map { Int64($0 / restarts) }, device: scores.device)
    return ranked.indices.gathering(columns: ranks)
  }

  /// One random tensor a sample, stacked; each drawn by a generator of its own.
  ///
  /// - Parameter purpose: the attack's name, and what else sets these draws apart.
  func draws(
    for purpose: String, _ draw: (RandomGenerator) -> Tensor
  ) -> Tensor {
    Tensor.stacked(
      zip(samples.indices, attempts).map {
        draw(RandomGenerator(seed: seed, purpose: purpose, sample: $0, variant: $1))
      }
    ).like(samples.images)
  }

  /// Images uniform in the ball (in L2 of uniform direction and length), confined to [0, 1].
  func randomStart(for purpose: String) -> Tensor {
    let changes = draws(for: purpose) { threat.randomChange(sampleShape, using: $0) }
    return threat.projected(samples.images + changes, around: samples.images)
  }
}

/// What an attempt made of a batch.
public struct Perturbation {
  /// The perturbed images, in the order of the samples.
  public let images: Tensor
  /// How usable the gradients were, one entry for each sample; nil for an attack that uses none.
  public let gradients: [GradientHealth]?
  /// Whether each sample's loss rose above that of its starting point, or the sample was fooled:
  /// one of which neither holds was not optimised. nil for an attack that does not keep track.
  public let lossRose: [Bool]?

  public init(
    images: Tensor, gradients: [GradientHealth]? = nil, lossRose: [Bool]? = nil
  ) {
    self.images = images
    self.gradients = gradients
    self.lossRose = lossRose
  }
}

/// Whether gradients told an attack where to go. One that is zero or not a number leaves the image
/// where it is, and the sample looks robust without having been attacked.
public struct GradientHealth: Sendable, Hashable {
  /// The gradient at the starting point was 0 in every pixel.
  public var startsAtZero: Bool
  /// A gradient on the way had an element that is infinite or not a number.
  public var isFinite: Bool

  public init(startsAtZero: Bool, isFinite: Bool) {
    self.startsAtZero = startsAtZero
    self.isFinite = isFinite
  }
}

/// Which of the points that an iterative attack visits it returns.
public enum ReturnedIterate: String, Sendable, Hashable, Codable {
  /// The last, as torchattacks does.
  case last
  /// The one that the score function gets wrong by the greatest margin, for one more forward pass.
  case best
}
