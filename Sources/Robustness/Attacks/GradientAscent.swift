import NeuralNetworks
import Tensors

/// Steps of fixed length along the steepest direction, each projected back to what is allowed: the
/// engine of FGSM, BIM and PGD, which differ in where they start and how far they go.
///
/// x_{t+1} = P(x_t + α · direction(∇ cross entropy at x_t))
struct GradientAscent {
  let steps: Int
  /// α in units of the pixel range.
  let stepLength: Double
  let returning: ReturnedIterate

  /// - Parameters:
  ///   - start: allowed images, in the order of the samples.
  ///   - samples: the clean images and labels.
  func climb(
    from start: Tensor, samples: LabelledImages, scores: ScoreFunction, threat: ThreatModel
  ) throws -> Perturbation {
    var point = start
    var startsAtZero = Tensor.zeros([samples.count], dtype: .bool, device: start.device)
    var isFinite = .!startsAtZero
    var best = BestIterate(start)
    for step in 0..<steps {
      let slope = try CrossEntropySlope(of: scores, at: point, labels: samples.labels)
      if step == 0 { startsAtZero = slope.isZero }
      isFinite = isFinite .& slope.isFinite
      best.consider(point, margins: slope.margins)
      let moved = point + threat.steepestDirection(slope.gradient) * stepLength
      point = threat.projected(moved, around: samples.images)
    }
    if returning == .best, steps > 1 {
      let margins = try CrossEntropySlope.margins(of: scores, at: point, labels: samples.labels)
      best.consider(point, margins: margins)
      point = best.images
    }
    return Perturbation(
      images: point,
      gradients: zip(startsAtZero.flags, isFinite.flags).map {
        GradientHealth(startsAtZero: $0, isFinite: $1)
      })
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
