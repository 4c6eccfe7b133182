import NeuralNetworks
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

  /// Restores what the optimizer may not break, such as non-negative weights. Called after every
  /// optimizer step.
  func restoreConstraints()

  /// The model as it stands, for use: batch normalisation and gates folded. Valid until the next
  /// optimizer step.
  func trained() -> any TrainedClassifier
}

extension TrainableClassifier {
  public func restoreConstraints() {}
}

/// A model in use.
public protocol TrainedClassifier: Classifier {
  /// Everything worth saving about the given images, by name: `logits` and, where the method has
  /// them, `features` (h(0)), `state` (h(T)) and `lyapunov` (V).
  func outputs(_ images: Tensor) throws -> [String: Tensor]

  /// The dynamics and Lyapunov functions whose regions can be examined; nil where there are none.
  var geometry: RegionGeometry? { get }

  /// Eq. (10) on the given samples; nil for methods without Lyapunov functions.
  func certifiedRadius(images: Tensor, labels: [Int]) throws -> CertifiedRadius?
}

extension TrainedClassifier {
  public func outputs(_ images: Tensor) throws -> [String: Tensor] {
    ["logits": try logits(images)]
  }
  public var geometry: RegionGeometry? { nil }
  public func certifiedRadius(images: Tensor, labels: [Int]) throws -> CertifiedRadius? { nil }
}

/// Where training stands, for objectives that draw random numbers or depend on the epoch.
public struct TrainingStep: Sendable {
  public let seed: UInt64
  public let epoch: Int
  /// Steps since the start of training.
  public let index: Int

  public init(seed: UInt64, epoch: Int, index: Int) {
    self.seed = seed
    self.epoch = epoch
    self.index = index
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
  /// Named single-element tensors for the log: loss terms unweighted, and diagnostics.
  public let terms: [(name: String, value: Tensor)]
  /// Evaluations of the field by the solver.
  public let evaluations: Int

  public init(total: Tensor, terms: [(name: String, value: Tensor)], evaluations: Int) {
    self.total = total
    self.terms = terms
    self.evaluations = evaluations
  }
}
