import NeuralNetworks
import Tensors

/// Sign steps along an accumulated gradient: the engine of MI-, NI- and VNI-FGSM.
///
///     m ← μ m + (g + v) / mean |g + v|,    x ← P(x + α sign m)
///
/// with g = ∇ cross entropy at x, or at x + α μ m where it looks ahead, and v = 0, or, where it has
/// neighbours, the mean gradient at random neighbours of x minus g, both of the step before.
struct MomentumAscent {
  /// The attack's name, of which the neighbours are drawn.
  let name: String
  let steps: Int
  /// α in units of the pixel range.
  let stepLength: Double
  /// μ.
  let decay: Double
  var looksAhead = false
  /// How many neighbours v is estimated from; 0 leaves it out.
  var neighbours = 0
  /// Half the width of the box of neighbours, in units of the pixel range.
  var spread = 0.0
  let returning: ReturnedIterate

  /// Climbs from the clean images.
  func climb(_ problem: AttackProblem) throws -> Perturbation {
    let (samples, scores, threat) = (problem.samples, problem.scores, problem.threat)
    var point = samples.images
    var momentum = Tensor.zeros(like: point)
    var variance = momentum
    var health = GradientTally(problem)
    var best = BestIterate(point)
    for step in 0..<steps {
      let place = looksAhead ? point + momentum * (decay * stepLength) : point
      let slope = try LossGradient(
        of: CrossEntropyLoss(), scores, at: place, labels: samples.labels)
      health.record(slope)
      if returning == .best, !looksAhead { best.consider(point, margins: slope.margins) }
      if neighbours == 0 {
        momentum = momentum * decay + Self.normalized(slope.direction)
      } else {
        momentum = momentum * decay + Self.normalized(slope, correctedBy: variance)
        if step + 1 < steps {
          variance = try nearby(point, problem, step: step, &health) - slope.gradient
        }
      }
      point = threat.projected(point + momentum.sign * stepLength, around: samples.images)
      if returning == .best, looksAhead || step + 1 == steps {
        best.consider(
          point,
          margins: try LossGradient.margins(of: scores, at: point, labels: samples.labels))
      }
    }
    return Perturbation(
      images: returning == .best ? best.images : point, gradients: health.gradients)
  }

  /// The mean gradient at points uniform in a box around `point`; they may leave [0, 1].
  private func nearby(
    _ point: Tensor, _ problem: AttackProblem, step: Int, _ health: inout GradientTally
  ) throws -> Tensor {
    let offsets = problem.draws(for: "\(name) neighbours \(step)") {
      $0.uniform([neighbours] + problem.sampleShape, in: -spread..<spread)
    }
    var sum = Tensor.zeros(like: point)
    for neighbour in 0..<neighbours {
      let offset = offsets.sliced(neighbour..<neighbour + 1, along: 1).squeezed(1)
      let slope = try LossGradient(
        of: CrossEntropyLoss(), problem.scores, at: point + offset, labels: problem.samples.labels)
      health.record(slope)
      sum += slope.gradient
    }
    return sum / Double(neighbours)
  }

  /// g / mean |g|, of which g is needed only up to a factor. 0 for 0, where the published code
  /// divides 0 by 0.
  private static func normalized(_ gradient: Tensor) -> Tensor {
    gradient / meanMagnitude(of: gradient).maximum(1e-38).spread(over: gradient)
  }

  /// The same of g + v. Where all of that has underflowed, the direction of g is left.
  private static func normalized(
    _ slope: LossGradient, correctedBy variance: Tensor
  ) -> Tensor {
    let whole = slope.gradient + variance
    let isLost = (meanMagnitude(of: whole) .< 1e-30).spread(over: whole)
    return normalized(Tensor.select(isLost, slope.direction, whole))
  }

  private static func meanMagnitude(of gradient: Tensor) -> Tensor {
    gradient.samplesFlattened.magnitude.mean(along: 1)
  }
}
