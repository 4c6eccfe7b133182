import NeuralNetworks
import Tensors

/// The loop of APGD.
///
/// Samples that are done leave the batch, so that the rest costs less.
struct APGDAscent {
  let loss: any AttackLoss
  let iterations: Int
  let requiredRises: Double
  let draws: Int
  let stopsAtSuccess: Bool
  let comparesFirstLossWithZero: Bool

  /// - Parameter start: allowed images, in the order of the samples.
  func climb(from start: Tensor, _ problem: AttackProblem) throws -> Perturbation {
    var health = GradientTally(problem)
    var reached = start
    var lossRose = Array(repeating: false, count: problem.samples.count)
    func finish(_ done: Climbers) {
      let places = Tensor(done.positions.map(Int64.init), device: start.device)
      reached = reached.replacing(at: places, with: done.reached)
      for (position, rose) in zip(done.positions, done.lossRose) { lossRose[position] = rose }
    }

    let slope = try LossGradient(
      of: loss, problem.scores, at: start, labels: problem.samples.labels, draws: draws)
    health.record(slope)
    var climbers = Climbers(problem, at: start, slope, loss: loss)
    var checkpoint = 0
    let checkpoints = Set(APGD.checkpoints(iterations: iterations))
    for iteration in 1...iterations {
      if stopsAtSuccess, problem.isDecisive {
        let (done, rest) = climbers.partitioned
        if let done { finish(done) }
        guard let rest else {
          return Perturbation(images: reached, gradients: health.gradients, lossRose: lossRose)
        }
        climbers = rest
      }
      climbers.move()
      let slope = try LossGradient(
        of: climbers.loss, problem.scores, at: climbers.point,
        labels: climbers.problem.samples.labels, draws: draws)
      health.record(slope, at: climbers.positions)
      climbers.consider(
        slope, rose: iteration == 1 && comparesFirstLossWithZero ? slope.values .> 0 : nil)
      if checkpoints.contains(iteration) {
        let rises = requiredRises * Double(iteration - checkpoint)
        climbers.adaptSteps(requiring: rises)
        checkpoint = iteration
      }
    }
    finish(climbers)
    return Perturbation(images: reached, gradients: health.gradients, lossRose: lossRose)
  }
}

/// The samples on their way, and what is known of each.
private struct Climbers {
  /// A point that was visited.
  private struct Visit {
    var images: Tensor
    /// The gradient up to a positive factor for each sample.
    var direction: Tensor
    /// In the order of the losses, with -∞ for what is not a number, so that anything is better,
    /// [N].
    var loss: Tensor

    /// `other` for the samples in a mask [N].
    func replaced(by other: Visit, where mask: Tensor) -> Visit {
      let isImageReplaced = mask.spread(over: images)
      return Visit(
        images: Tensor.select(isImageReplaced, other.images, images),
        direction: Tensor.select(isImageReplaced, other.direction, direction),
        loss: Tensor.select(mask, other.loss, loss))
    }

    func subset(_ rows: [Int]) -> Visit {
      Visit(
        images: images.samples(at: rows), direction: direction.samples(at: rows),
        loss: loss.samples(at: rows))
    }
  }

  /// The places of the samples in the batch that was given.
  private(set) var positions: [Int]
  private(set) var problem: AttackProblem
  private(set) var loss: any AttackLoss
  private var current: Visit
  /// The point before the last move.
  private var previous: Tensor
  private var hasMoved = false
  private var best: Visit
  private var startLoss: Tensor
  /// At the last point that was visited, which is not the current one right after a jump.
  private var lastLoss: Tensor
  private var lengths: APGDStepLengths
  /// The last misclassified point, where there is one.
  private var fooling: Tensor
  private var isFooled: Tensor

  init(
    _ problem: AttackProblem, at start: Tensor, _ slope: LossGradient, loss: any AttackLoss
  ) {
    positions = Array(0..<problem.samples.count)
    self.problem = problem
    self.loss = loss
    current = Self.visit(start, slope)
    previous = start
    best = current
    startLoss = current.loss
    lastLoss = startLoss
    lengths = APGDStepLengths(starting: 2 * problem.threat.epsilon, loss: startLoss)
    fooling = start
    isFooled = slope.margins .> 0
  }

  /// Where the samples are, [N, ...].
  var point: Tensor { current.images }

  /// What the attack makes of the samples: what fools scores that decide as the model does; of
  /// others the point of the greatest loss, which is the likeliest to fool the model too.
  var reached: Tensor {
    guard problem.isDecisive else { return best.images }
    return Tensor.select(isFooled.spread(over: fooling), fooling, best.images)
  }

  /// Whether each sample's loss rose above that at the start, or the sample was fooled.
  var lossRose: [Bool] { ((best.loss .> startLoss) .| isFooled).flags }

  /// The samples that are fooled, and the rest; nil for none.
  var partitioned: (done: Climbers?, rest: Climbers?) {
    let flags = isFooled.flags
    if !flags.contains(true) { return (nil, self) }
    let rows = (
      done: flags.indices.filter { flags[$0] }, rest: flags.indices.filter { !flags[$0] }
    )
    return (subset(rows.done), rows.rest.isEmpty ? nil : subset(rows.rest))
  }

  /// One step, the first without momentum.
  mutating func move() {
    let (clean, threat) = (problem.samples.images, problem.threat)
    let ahead =
      point + threat.steepestDirection(current.direction) * lengths.values.spread(over: point)
    let step = threat.projected(ahead, around: clean) - point
    let moved = hasMoved ? point + step * 0.75 + (point - previous) * 0.25 : point + step
    previous = point
    current.images = threat.projected(moved, around: clean)
    hasMoved = true
  }

  /// Takes note of loss and gradient at the point.
  ///
  /// - Parameter rose: whether each loss counts as greater than at the point visited before, [N];
  ///   as compared where omitted.
  mutating func consider(_ slope: LossGradient, rose: Tensor? = nil) {
    current = Self.visit(point, slope)
    lengths.record(rose: rose ?? (current.loss .> lastLoss))
    lastLoss = current.loss
    let isFooling = slope.margins .> 0
    fooling = Tensor.select(isFooling.spread(over: point), point, fooling)
    isFooled = isFooled .| isFooling
    best = best.replaced(by: current, where: current.loss .> best.loss)
  }

  /// Halves the steps of samples that made too little of them, and takes these back to their best
  /// point. The next move's momentum contains this jump, as in the published code.
  mutating func adaptSteps(requiring rises: Double) {
    let isHalved = lengths.halve(requiring: rises, best: best.loss)
    current = current.replaced(by: best, where: isHalved)
  }

  private static func visit(_ images: Tensor, _ slope: LossGradient) -> Visit {
    let loss = slope.ordering
    let nothing = Tensor.full(-.infinity, loss.shape).like(loss)
    return Visit(
      images: images, direction: slope.direction,
      loss: Tensor.select(loss .== loss, loss, nothing))
  }

  private func subset(_ rows: [Int]) -> Climbers {
    var part = self
    part.positions = rows.map { positions[$0] }
    part.problem = problem.subset(rows)
    part.loss = loss.subset(rows)
    part.current = current.subset(rows)
    part.previous = previous.samples(at: rows)
    part.best = best.subset(rows)
    part.startLoss = startLoss.samples(at: rows)
    part.lastLoss = lastLoss.samples(at: rows)
    part.lengths = lengths.subset(rows)
    part.fooling = fooling.samples(at: rows)
    part.isFooled = isFooled.samples(at: rows)
    return part
  }
}
