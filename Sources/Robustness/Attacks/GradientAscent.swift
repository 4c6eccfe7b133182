import NeuralNetworks
import Tensors

/// Steps of fixed length along the steepest direction, each projected back to what is allowed: the
/// engine of FGSM, BIM, PGD and Jitter, which differ in where they start, how far they go and what
/// they climb.
///
/// x_{t+1} = P(x_t + α · direction(∇ loss at x_t))
struct GradientAscent {
  var loss: any AttackLoss = CrossEntropyLoss()
  let steps: Int
  /// α in units of the pixel range.
  let stepLength: Double
  let returning: ReturnedIterate
  /// Evaluations that each gradient is the mean of.
  var draws = 1

  /// - Parameter start: allowed images, in the order of the samples.
  func climb(from start: Tensor, _ problem: AttackProblem) throws -> Perturbation {
    try climb(from: start, problem) { _, point in
      try LossGradient(
        of: loss, problem.scores, at: point, labels: problem.samples.labels, draws: draws)
    }
  }

  /// The same along another slope than that of `loss`.
  ///
  /// - Parameter slope: at images, in a step counted from 0.
  func climb(
    from start: Tensor, _ problem: AttackProblem,
    along slope: (_ step: Int, _ images: Tensor) throws -> LossGradient
  ) throws -> Perturbation {
    let (samples, scores, threat) = (problem.samples, problem.scores, problem.threat)
    var point = start
    var health = GradientTally(problem)
    var best = BestIterate(start)
    for step in 0..<steps {
      let slope = try slope(step, point)
      health.record(slope)
      best.consider(point, margins: slope.margins)
      let moved = point + threat.steepestDirection(slope.direction) * stepLength
      point = threat.projected(moved, around: samples.images)
    }
    if returning == .best, steps > 1 {
      let margins = try LossGradient.margins(of: scores, at: point, labels: samples.labels)
      best.consider(point, margins: margins)
      point = best.images
    }
    return Perturbation(images: point, gradients: health.gradients)
  }
}

/// Each sample's image of the greatest margin so far; the later of two equal ones.
struct BestIterate {
  private(set) var images: Tensor
  private var margins: Tensor?

  init(_ images: Tensor) { self.images = images }

  /// - Parameters:
  ///   - candidates: one image for each sample.
  ///   - new: their margins, [N].
  mutating func consider(_ candidates: Tensor, margins new: Tensor) {
    let old = margins ?? .full(-.infinity, new.shape).like(new)
    let isBetter = new .>= old
    images = Tensor.select(isBetter.spread(over: images), candidates, images)
    margins = Tensor.select(isBetter, new, old)
  }
}
