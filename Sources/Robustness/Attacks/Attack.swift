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

  /// Passes through the model, with their gradients, that one attempt costs.
  var steps: Int { get }

  /// How often the attack is tried on a sample: restarts, or targets.
  var attempts: Int { get }

  /// Perturbs samples so that `scores` decide against their labels.
  ///
  /// What happens to a sample depends on the sample, its index, `seed` and `attempt`, never on the
  /// rest of the batch (as far as the score function itself treats samples one by one).
  ///
  /// - Parameters:
  ///   - samples: clean images in [0, 1] with labels and data set indices.
  ///   - scores: the differentiable scores to work on.
  ///   - threat: of a norm that the attack is defined for.
  ///   - attempt: in `0..<attempts`.
  /// - Returns: one image for each sample, allowed by `threat`, successful or not.
  /// - Throws: what the score function throws.
  func perturb(
    _ samples: LabelledImages, scores: ScoreFunction, threat: ThreatModel, seed: UInt64,
    attempt: Int
  ) throws -> Perturbation
}

extension Attack {
  public var attempts: Int { 1 }
}

/// What an attempt made of a batch.
public struct Perturbation {
  /// The perturbed images, in the order of the samples.
  public let images: Tensor
  /// How usable the gradients were, one entry for each sample; nil for an attack that uses none.
  public let gradients: [GradientHealth]?

  public init(images: Tensor, gradients: [GradientHealth]? = nil) {
    self.images = images
    self.gradients = gradients
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
