import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// A model in training: all that the trainer knows of a method.
public protocol TrainableClassifier: Module {
  /// The loss of a batch, recorded.
  ///
  /// - Parameters:
  ///   - images: [N, C, H, W] in [0, 1], or points [N, d].
  ///   - labels: [N], int64.
  /// - Throws: `IntegrationFailure` if the model's differential equation cannot be solved.
  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective

  /// Scores [N, L] of images as training sees them, recorded: batch statistics, the training
  /// tolerance. Adversarial training compares those of clean and perturbed images.
  ///
  /// - Throws: `IntegrationFailure` where the model's equation cannot be solved.
  func trainingLogits(_ images: Tensor) throws -> Tensor

  /// The phases of a training, one after the other; a single one for most methods.
  var phases: [TrainingPhase] { get }

  /// Units that can be left out of the model without a change of its other parts, by the names of
  /// `state` and the keys of the method's settings; empty for models that do not say.
  var hiddenUnits: [HiddenUnits] { get }

  /// The first parts of the names of parameters that are not free: those of Lyapunov networks, whose
  /// signs make them convex. They are never made sparse.
  var constrainedParts: [String] { get }

  /// Restores what the optimizer may not break, such as non-negative weights. Called after every
  /// optimizer step.
  func restoreConstraints()

  /// The model as it stands, for use: batch normalisation and gates folded. Valid until the next
  /// optimizer step.
  func trained() -> any TrainedClassifier
}

extension TrainableClassifier {
  public var phases: [TrainingPhase] { [TrainingPhase("training")] }
  public var hiddenUnits: [HiddenUnits] { [] }
  public var constrainedParts: [String] { ["lyapunov"] }
  public func restoreConstraints() {}
}

/// A model in use.
public protocol TrainedClassifier: Classifier {
  /// Everything worth saving about the given images, by name: `logits` and, where the method has
  /// them, `features` (h(0), or what modulates the field), `state` (h(T)) and `lyapunov` (V).
  ///
  /// - Throws: what `logits` throws.
  func outputs(_ images: Tensor) throws -> [String: Tensor]

  /// The solution of the model's differential equation from h(0) to h(T) of images, as in use; nil
  /// for methods without one.
  ///
  /// - Throws: `IntegrationFailure`.
  func solution(_ images: Tensor) throws -> Solution?

  /// The dynamics and Lyapunov functions whose regions can be examined; nil where there are none.
  var geometry: RegionGeometry? { get }

  /// Eq. (10) on the given samples; nil for methods without Lyapunov functions.
  ///
  /// - Parameter progress: told how many samples are done.
  /// - Throws: what `logits` throws.
  func certifiedRadius(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> CertifiedRadius?
}

extension TrainedClassifier {
  public func outputs(_ images: Tensor) throws -> [String: Tensor] {
    ["logits": try logits(images)]
  }
  public func solution(_ images: Tensor) throws -> Solution? { nil }
  public var geometry: RegionGeometry? { nil }
  public func certifiedRadius(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> CertifiedRadius? { nil }
}

/// Where training stands, for objectives that draw random numbers or depend on the epoch.
public struct TrainingStep: Sendable {
  /// The run's seed, from which every draw of the training comes.
  public let seed: UInt64
  /// Passes over the samples done before.
  public let epoch: Int
  /// Steps since the start of training.
  public let index: Int
  /// Which of the model's phases this is.
  public let phase: Int
  /// The share of the present phase that is done, in [0, 1).
  public let progress: Double

  /// Creates a step; only draws and schedules depend on which it is.
  public init(seed: UInt64, epoch: Int, index: Int, phase: Int = 0, progress: Double = 0) {
    self.seed = seed
    self.epoch = epoch
    self.index = index
    self.phase = phase
    self.progress = progress
  }

  /// A generator for one purpose in this step: a function of seed and step alone, so that a
  /// resumed run draws what an uninterrupted one would.
  public func generator(_ purpose: UInt64) -> RandomGenerator {
    RandomGenerator(seed: seed, keys: purpose, UInt64(index))
  }

  /// A generator for one purpose that is the same in every step of an epoch.
  public func epochGenerator(_ purpose: UInt64) -> RandomGenerator {
    RandomGenerator(seed: seed, keys: purpose, UInt64(epoch))
  }
}

/// A loss and what it is made of.
public struct Objective {
  /// What is minimised, a single element, recorded.
  public let total: Tensor
  /// The part of the total that judges the scores of these images by their labels, as weighted
  /// there. TRADES and MART put theirs in its place; nil where the total has no such part.
  public let classification: Tensor?
  /// Named single-element tensors for the log: loss terms unweighted, and diagnostics.
  public let terms: [(name: String, value: Tensor)]
  /// Evaluations of the field by the solver.
  public let evaluations: Int

  /// Creates an objective of which `total` is minimised and the rest is told.
  public init(
    total: Tensor, classification: Tensor?, terms: [(name: String, value: Tensor)],
    evaluations: Int
  ) {
    self.total = total
    self.classification = classification
    self.terms = terms
    self.evaluations = evaluations
  }
}

extension Objective {
  /// The mean cross entropy of scores [N, L] and nothing else.
  public init(crossEntropyOf logits: Tensor, labels: Tensor, evaluations: Int) {
    let loss = crossEntropy(logits: logits, labels: labels).mean()
    self.init(
      total: loss, classification: loss, terms: [("cross-entropy", loss)],
      evaluations: evaluations)
  }
}
