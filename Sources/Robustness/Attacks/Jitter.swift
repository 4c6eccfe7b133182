import NeuralNetworks
import Tensors

/// Projected sign steps up a loss of rescaled, randomly disturbed class probabilities.
///
///     ẑ = softmax(s · z / ‖z‖_∞) + σ · n,  n ~ N(0, I) anew in each step
///     c = mean_j (ẑ_j - [j = y])²,  divided by ‖x_t - x‖_∞ once x_t ≠ x is misclassified
///
/// The scores z have the same size for every classifier, so that one that is sure keeps its
/// gradient; the noise shifts which wrong class is sought; and the division draws images that are
/// misclassified already back towards x. The gradient includes those of ‖z‖_∞ and ‖x_t - x‖_∞.
///
/// Schwinn et al., "Exploring misclassifications of robust neural networks to enhance adversarial
/// attacks", 2021, as torchattacks has it (jitter.py). Each sample has its own noise, whatever its
/// batch; scores that are all 0 stay undivided.
public struct Jitter: Attack {
  public let name: String
  public let reference = "Schwinn et al. 2021, arXiv:2105.10304"
  public let norms: Set<ThreatModel.Norm> = [.linf]
  public let steps: Int
  /// The step α as a share of ε.
  public let relativeStep: Double
  /// s.
  public let scale: Double
  /// σ.
  public let deviation: Double
  /// Whether the start is uniform in the ball, or the clean image.
  public let startsRandomly: Bool
  /// The point that it gives: the best it came by, or the last.
  public let returning: ReturnedIterate

  /// - Parameters:
  ///   - steps: at least 1.
  ///   - relativeStep: α / ε, above 0. By default 1/4, torchattacks' 2/255 at 8/255.
  ///   - scale: above 0.
  ///   - deviation: of the noise, at least 0.
  ///   - startsRandomly: whether from a point uniform in the ball instead of the clean image.
  public init(
    name: String = "jitter", steps: Int = 10, relativeStep: Double = 1 / 4, scale: Double = 10,
    deviation: Double = 0.1, startsRandomly: Bool = true, returning: ReturnedIterate = .best
  ) {
    precondition(
      steps > 0 && relativeStep > 0 && scale > 0 && deviation >= 0,
      "Jitter(steps: \(steps), step: \(relativeStep), scale: \(scale), deviation: \(deviation))")
    self.name = name
    self.steps = steps
    self.relativeStep = relativeStep
    self.scale = scale
    self.deviation = deviation
    self.startsRandomly = startsRandomly
    self.returning = returning
  }

  /// As the Zubov-Net paper states it (section IV-A): 10 steps of ε/8, last iterate.
  public static var paper: Jitter { Jitter(relativeStep: 1 / 8, returning: .last) }

  public var parameters: [String: String] {
    [
      "steps": "\(steps)", "step": "\(relativeStep) epsilon", "scale": "\(scale)",
      "deviation": "\(deviation)", "start": startsRandomly ? "random" : "clean",
      "iterate": returning.rawValue,
    ]
  }

  public func perturb(_ problem: AttackProblem) throws -> Perturbation {
    let start = startsRandomly ? problem.randomStart(for: name) : problem.samples.images
    return try GradientAscent(
      steps: steps, stepLength: relativeStep * problem.threat.epsilon, returning: returning
    ).climb(from: start, problem) { step, point in try slope(problem, at: point, step: step) }
  }

  private func slope(_ problem: AttackProblem, at images: Tensor, step: Int) throws
    -> LossGradient
  {
    let labels = problem.samples.labels
    let point = images.differentiable()
    return try withGradients {
      let scores = try problem.scores.scores(point)
      let margins = scores.detached.margins(labels: labels)
      let size = scores.magnitude.max(along: 1, keeping: true)
      let unit = scores / Tensor.select(size .== 0, Tensor.ones(like: size), size)
      let noise = problem.draws(for: "\(name) noise \(step)") {
        $0.normal([scores.shape[1]], deviation: deviation)
      }
      let disturbed = (unit * scale).softmax(along: 1) + noise.like(scores)
      let target = labels.oneHot(scores.shape[1], dtype: scores.dtype)
      let cost = (disturbed - target).squared.mean(along: 1)

      let distance = (point - problem.samples.images).samplesFlattened.magnitude.max(along: 1)
      let isDivided = (margins .> 0) .& (distance .!= 0)
      let divisor = Tensor.select(isDivided, distance, Tensor.ones(like: distance))
      let values = cost / divisor.like(cost)
      let slope =
        values.requiresGradient
        ? gradient(of: values.sum(), wrt: [point])[0] : Tensor.zeros(like: images)
      return LossGradient(slope, values: values.detached, margins: margins)
    }
  }
}
