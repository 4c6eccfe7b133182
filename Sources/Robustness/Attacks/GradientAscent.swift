import NeuralNetworks
import Tensors

/// Steps of fixed length along the steepest direction, each projected back to what is allowed: the
/// engine of FGSM, BIM and PGD, which differ in where they start and how far they go.
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
    let (samples, scores, threat) = (problem.samples, problem.scores, problem.threat)
    var point = start
    var health = GradientTally(problem)
    var best = BestIterate(start)
    for _ in 0..<steps {
      let slope = try LossGradient(
        of: loss, scores, at: point, labels: samples.labels, draws: draws)
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
private struct BestIterate {
  private(set) var images: Tensor
  private var margins: Tensor?

  init(_ images: Tensor) { self.images = images }

  mutating func consider(_ candidates: Tensor, margins new: Tensor) {
    let old = margins ?? .full(-.infinity, new.shape).like(new)
    let isBetter = new .>= old
    images = Tensor.select(isBetter.spread(over: images), candidates, images)
    margins = Tensor.select(isBetter, new, old)
  }
}
