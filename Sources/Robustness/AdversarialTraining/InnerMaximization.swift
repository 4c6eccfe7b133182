import NeuralNetworks
import Tensors

/// The attack within adversarial training: x' in the L-inf ball of radius ε around x, and in
/// [0, 1], where a loss is large, by projected ascent from a random start.
///
///     x_0 = P(x + noise),   x_{t+1} = P(x_t + α sign ∇ loss(x_t)),   x' = x_steps
///
/// It works on the logits of the classifier in use, so with the running statistics of batch
/// normalisation, as TRADES and MART do.
public struct InnerMaximization: Sendable, Hashable {
  /// What x' is to make large.
  public enum Loss: Sendable, Hashable {
    /// -ln p_y(x').
    case crossEntropy
    /// KL(p(x) ‖ p(x')), whose gradient is 0 at x: it needs a start elsewhere.
    case divergence
  }

  /// The noise at the start.
  public enum Start: String, Sendable, Hashable, Codable, CaseIterable {
    /// Uniform in the ball.
    case uniform
    /// 0.001 · N(0, 1).
    case normal
  }

  /// What x' is to make large.
  public let loss: Loss
  /// The noise that is added to x first.
  public let start: Start
  /// ε, in the L-inf norm.
  public let epsilon: Budget
  /// α, in units of the pixel range.
  public let stepSize: Budget
  /// Gradients taken, at least 1.
  public let steps: Int

  public init(loss: Loss, start: Start, epsilon: Budget, stepSize: Budget, steps: Int) {
    self.loss = loss
    self.start = start
    self.epsilon = epsilon
    self.stepSize = stepSize
    self.steps = steps
  }

  /// x' of samples [N, ...], unrecorded.
  ///
  /// The start of a sample depends on `seed`, `step` and the sample's index alone, and nothing else
  /// is random.
  ///
  /// - Parameter step: of the training, so that each has starts of its own.
  /// - Throws: what the classifier throws.
  public func perturbed(
    _ samples: LabelledImages, against classifier: any Classifier, seed: UInt64, step: Int
  ) throws -> Tensor {
    let threat = ThreatModel(.linf, budget: epsilon)
    let slope = try slope(of: classifier, for: samples)
    let shape = Array(samples.images.shape.dropFirst())
    let noise = samples.indices.map { index in
      let generator = RandomGenerator(
        seed: seed, purpose: "adversarial-training", sample: index, variant: step)
      return switch start {
      case .uniform: threat.randomChange(shape, using: generator)
      case .normal: generator.normal(shape) * 0.001
      }
    }
    var point = samples.images + Tensor.stacked(noise).like(samples.images)
    point = threat.projected(point, around: samples.images)
    for _ in 0..<steps {
      let direction = threat.steepestDirection(try slope(point))
      point = threat.projected(point + direction * stepSize.value, around: samples.images)
    }
    return point
  }

  /// The gradient of the loss at images, up to a positive factor for each sample.
  private func slope(
    of classifier: any Classifier, for samples: LabelledImages
  ) throws -> (Tensor) throws -> Tensor {
    switch loss {
    case .crossEntropy:
      let scores = ScoreFunction(name: "logits", scores: classifier.logits)
      return { try LossGradient(scores, at: $0, labels: samples.labels).direction }
    case .divergence:
      // Unlike in the published loop p(x) is computed once: in use it is the same in every step.
      let clean = try withoutGradients { try classifier.logits(samples.images) }
      return { try Self.divergenceSlope(of: classifier, from: clean, at: $0) }
    }
  }

  /// ∇ KL(p(x) ‖ p(x')) = Jᵀ (p(x') - p(x)) at x', each sample's up to a positive factor; 0 where it
  /// is not finite.
  ///
  /// The change of the leading class is minus that of the others, and these are taken relative to
  /// the greatest of their probabilities, so that nothing is lost to rounding or underflow where
  /// the classifier is sure.
  private static func divergenceSlope(
    of classifier: any Classifier, from clean: Tensor, at images: Tensor
  ) throws -> Tensor {
    let point = images.differentiable()
    let scores = try withGradients { try classifier.logits(point) }
    let isLeading = clean.argMax(along: 1).oneHot(clean.shape[1], dtype: .bool)
    let nothing = Tensor.full(-.infinity, clean.shape).like(clean)
    let before = Tensor.select(isLeading, nothing, clean.logSoftmax(along: 1))
    let after = Tensor.select(isLeading, nothing, scores.detached.logSoftmax(along: 1))
    let greatest = before.maximum(after).max(along: 1, keeping: true)
    let change = (after - greatest).exp - (before - greatest).exp
    let seed = change - isLeading.to(change.dtype) * change.sum(along: 1, keeping: true)
    let slope = gradient(of: scores, wrt: [point], seed: seed)[0]
    return Tensor.select(slope.isFinite, slope, Tensor.zeros(like: slope))
  }
}
