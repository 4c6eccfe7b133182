import NeuralNetworks
import Tensors

/// One attempt of FAB on a batch: the nearest misclassified image of each sample.
struct FABSearch {
  /// [N, ...]; the clean image where none was found.
  private(set) var images: Tensor
  /// [N] (float64); infinite where none was found.
  private(set) var distances: Tensor
  /// How usable each sample's gradients were.
  private(set) var health: [GradientHealth]

  /// Runs the attempt.
  ///
  /// - Parameter sufficientNorm: a misclassified image as near as this ends a sample's search.
  init(_ attack: FAB, _ problem: AttackProblem, sufficientNorm: Double?) throws {
    let samples = problem.samples
    let clean = samples.images
    images = clean
    let scores = try withoutGradients { try problem.scores.scores(clean) }
    let margins = scores.margins(labels: samples.labels)
    let infinite = Tensor.full(.infinity, [samples.count], dtype: .float64, device: clean.device)
    distances = Tensor.select(margins .> 0, Tensor.zeros(like: infinite), infinite)
    health = Array(
      repeating: GradientHealth(startsAtZero: false, isFinite: true), count: samples.count)

    let targets = attack.targets.map { _ in
      problem.targets(by: scores, restarts: attack.restarts)
    }
    // Where the clean image is misclassified, nothing is nearer.
    let open = (margins .> 0).flags.indices(of: false)
    var walk = Walk(
      problem, at: open, points: attack.start(problem), targets: targets,
      classCount: scores.shape[1])
    for step in 0..<attack.steps where !walk.rows.isEmpty {
      let boundary = try walk.boundary()
      note(boundary, of: walk.rows, isStart: step == 0)
      let found = try walk.step(towards: boundary, attack)
      update(with: found, at: walk.rows)
      guard let sufficientNorm else { continue }
      let isDone = (found.distances .<= sufficientNorm).flags
      if isDone.contains(true) { walk.keep(isDone.indices(of: false)) }
    }
  }

  private mutating func note(_ boundary: NearestBoundary, of rows: [Int], isStart: Bool) {
    let isFinite = boundary.isFinite.flags
    let isZero = isStart ? boundary.isZero.flags : []
    for (place, row) in rows.enumerated() {
      if isStart { health[row].startsAtZero = isZero[place] }
      if !isFinite[place] { health[row].isFinite = false }
    }
  }

  private mutating func update(
    with found: (images: Tensor, distances: Tensor), at rows: [Int]
  ) {
    let known = distances.samples(at: rows)
    let isNearer = found.distances .< known
    let places = Tensor(rows.map(Int64.init), device: images.device)
    distances = distances.replacing(
      at: places, with: Tensor.select(isNearer, found.distances, known))
    images = images.replacing(
      at: places,
      with: Tensor.select(
        isNearer.spread(over: found.images), found.images, images.samples(at: rows)))
  }
}

/// The samples that are still searched, and where each search stands.
private struct Walk {
  /// Their places in the batch.
  private(set) var rows: [Int]
  private var problem: AttackProblem
  private var points: Tensor
  /// The class that each sample is to become, [N]; nil for any wrong one.
  private var targets: Tensor?
  private let classCount: Int

  init(
    _ problem: AttackProblem, at rows: [Int], points: Tensor, targets: Tensor?, classCount: Int
  ) {
    self.rows = Array(0..<problem.samples.count)
    self.problem = problem
    self.points = points
    self.targets = targets
    self.classCount = classCount
    keep(rows)
  }

  mutating func keep(_ places: [Int]) {
    guard places.count < rows.count else { return }
    rows = places.map { rows[$0] }
    problem = problem.subset(places)
    points = points.samples(at: places)
    targets = targets?.samples(at: places)
  }

  func boundary() throws -> NearestBoundary {
    try NearestBoundary(
      problem.scores, at: points, labels: problem.samples.labels, candidates: candidates,
      norm: problem.threat.norm)
  }

  private var candidates: [Tensor] {
    if let targets { return [targets] }
    return (1..<classCount).map { shift in
      Tensor(
        problem.samples.labelList.map { Int64(($0 + shift) % classCount) }, device: points.device)
    }
  }

  /// Takes a step; returns the points reached, with infinite distance where they are not
  /// misclassified.
  mutating func step(
    towards boundary: NearestBoundary, _ attack: FAB
  ) throws -> (images: Tensor, distances: Tensor) {
    let norm = problem.threat.norm
    let clean = problem.samples.images
    let origin = clean.samplesFlattened.to(.float64)
    let point = points.samplesFlattened.to(.float64)
    let normal = boundary.normals.to(.float64)
    let gap = boundary.gaps.to(.float64)
    let own = BoxProjection.changes(of: point, along: normal, by: gap, in: norm)
    let cleanGap = gap + (normal * (point - origin)).sum(along: 1)
    let fromClean = BoxProjection.changes(of: origin, along: normal, by: cleanGap, in: norm)
    let ownLength = norm.norms(of: own).maximum(1e-8)
    let cleanLength = norm.norms(of: fromClean).maximum(1e-8)
    let weight = (ownLength / (ownLength + cleanLength)).minimum(attack.alphaMax).unsqueezed(1)
    let blend =
      (point + own * attack.overshoot) * (1 - weight)
      + (origin + fromClean * attack.overshoot) * weight
    let reached = blend.clamped(to: 0...1).like(clean).reshaped(clean.shape)

    let margins = try LossGradient.margins(
      of: problem.scores, at: reached, labels: problem.samples.labels)
    let isWrong = margins .> 0
    let change = reached - clean
    let lengths = norm.norms(of: change.samplesFlattened.to(.float64))
    points = Tensor.select(
      isWrong.spread(over: clean), clean + change * attack.backwardStep, reached)
    let infinite = Tensor.full(.infinity, lengths.shape).like(lengths)
    return (reached, Tensor.select(isWrong, lengths, infinite))
  }
}

extension FAB {
  /// The clean images at first attempts; at others points at half the distance ε from these, in
  /// random directions.
  fileprivate func start(_ problem: AttackProblem) -> Tensor {
    let clean = problem.samples.images
    let isFirst = problem.attempts.map { $0 % restarts == 0 }
    guard isFirst.contains(false) else { return clean }
    let norm = problem.threat.norm
    let direction = problem.draws(for: name) {
      norm == .linf ? $0.uniform(problem.sampleShape, in: -1..<1) : $0.normal(problem.sampleShape)
    }
    let length = norm.norms(of: direction.samplesFlattened).maximum(1e-12)
    let change = direction / length.spread(over: clean) * (problem.threat.epsilon / 2)
    let isMoved = Tensor(isFirst.map { $0 ? Int64(0) : 1 }, device: clean.device) .> 0
    return Tensor.select(
      isMoved.spread(over: clean), (clean + change).clamped(to: 0...1), clean)
  }
}
