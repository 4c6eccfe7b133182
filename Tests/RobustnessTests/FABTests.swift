import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("Projection onto hyperplanes within the box")
struct BoxProjectionTests {
  static let points = [
    [0.2, 0.9, 0.5, 0], [0.2, 0.9, 0.5, 1], [0.05, 0.5, 0.95, 0.3], [0.6, 0.4, 0.1, 0.8],
  ]
  static let normals = [
    [1, -2, 0.5, 3], [1, 2, -0.5, 0.25], [-3, 1, 2, -0.5], [0.3, -0.4, 1.2, -2],
  ]
  /// The last cannot be reached.
  static let gaps = [1, -2.2, 0.35, -1.9]

  // AutoAttack's fab_projections.py at a392200, in float64, with b = <w, x> + gap.
  @Test("the published code's results")
  func published() {
    let linf = changes(.linf)
    let l2 = changes(.l2)
    let wall = -7.0 / 9
    expect(
      linf, [2.0 / 13, -2.0 / 13, 2.0 / 13, 2.0 / 13], [-0.2, wall, 0.5, wall],
      [-0.05, 1.0 / 15, 0.05, -1.0 / 15], [-0.6, 0.6, -0.1, 0.2])
    expect(
      l2, [4.0 / 57, -8.0 / 57, 2.0 / 57, 12.0 / 57], [-0.2, -0.9, 0.32, -0.16],
      [-0.05, 0.08, 0.05, -0.04], [-0.6, 0.6, -0.1, 0.2])
  }

  @Test("bisection on the multiplier gives the same", arguments: ThreatModel.Norm.allCases)
  func bisection(norm: ThreatModel.Norm) {
    let generator = RandomGenerator(seed: 17)
    let (count, size) = (300, 13)
    // Many coordinates at the walls, some that do not matter, and scales far apart.
    let points = (generator.uniform([count, size], dtype: .float64) * 1.6 - 0.3).clamped(to: 0...1)
    let scales = (generator.normal([count, 1], dtype: .float64) * 8).exp
    let sparse = (generator.uniform([count, size]) .> 0.2).to(.float64)
    let normals = generator.normal([count, size], dtype: .float64) * scales * sparse
    let reach = (normals.magnitude.sum(along: 1)) * 0.7
    let gaps = generator.uniform([count], in: -1..<1, dtype: .float64) * reach
    let found = BoxProjection.changes(of: points, along: normals, by: gaps, in: norm)
    var unreachable = 0
    for row in 0..<count {
      let (x, w, g) = (points[row].doubles, normals[row].doubles, gaps[row].item)
      let expected = bisected(x, w, g, norm)
      let change = found[row].doubles
      #expect(zip(change, expected).allSatisfy { abs($0 - $1) < 1e-9 })
      let moved: [Double] = zip(x, change).map { $0 + $1 }
      #expect(moved.allSatisfy { $0 >= 0 && $0 <= 1 })
      let gain: Double = zip(w, change).map { $0 * $1 }.reduce(0, +)
      if abs(gain - g) > 1e-9 * abs(g) { unreachable += 1 }
    }
    #expect(unreachable > 20 && unreachable < 200)
  }

  @Test("what needs no move, or cannot move, stays", arguments: ThreatModel.Norm.allCases)
  func still(norm: ThreatModel.Norm) {
    let points = Tensor([0.5, 0, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0] as [Double], shape: [3, 3])
    let normals = Tensor([1, 2, 3, 0, 0, 0, 0, 0, -1e-30] as [Double], shape: [3, 3])
    let changes = BoxProjection.changes(
      of: points, along: normals, by: Tensor([0, 1, 1] as [Double]), in: norm)
    #expect(changes.doubles == Array(repeating: 0, count: 9))
  }

  @Test("tiny gradients project as large ones do", arguments: ThreatModel.Norm.allCases)
  func tiny(norm: ThreatModel.Norm) {
    let scale = 1e-30
    let small = Self.normals.flatMap { $0.map { Float($0 * scale) } }
    let found = BoxProjection.changes(
      of: Tensor(Self.points.flatMap { $0 }, shape: [4, 4]), along: Tensor(small, shape: [4, 4]),
      by: Tensor(Self.gaps.map { $0 * scale }), in: norm)
    #expect((found - changes(norm)).magnitude.max().item < 1e-6)
  }

  private func changes(_ norm: ThreatModel.Norm) -> Tensor {
    BoxProjection.changes(
      of: Tensor(Self.points.flatMap { $0 }, shape: [4, 4]),
      along: Tensor(Self.normals.flatMap { $0 }, shape: [4, 4]), by: Tensor(Self.gaps), in: norm)
  }

  private func expect(_ found: Tensor, _ expected: [Double]...) {
    for (row, values) in expected.enumerated() {
      #expect(zip(found[row].doubles, values).allSatisfy { abs($0 - $1) < 1e-12 }, "row \(row)")
    }
  }
}

/// argmin ‖δ‖ subject to ⟨w, δ⟩ = g and x + δ in the box, or the corner.
private func bisected(
  _ x: [Double], _ w: [Double], _ g: Double, _ norm: ThreatModel.Norm
) -> [Double] {
  func change(_ lambda: Double) -> [Double] {
    zip(x, w).map { x, w in
      let v = g < 0 ? -w : w
      let step = norm == .l2 ? lambda * v : v == 0 ? 0 : v > 0 ? lambda : -lambda
      return min(max(x + step, 0), 1) - x
    }
  }
  func gain(_ lambda: Double) -> Double {
    zip(w, change(lambda)).reduce(0) { $0 + $1.0 * $1.1 } * (g < 0 ? -1 : 1)
  }
  var (low, high) = (1e-40, 1e40)
  for _ in 0..<400 {
    // By halving the exponent first: scales differ much.
    let middle = high / low > 2 ? (low.squareRoot() * high.squareRoot()) : (low + high) / 2
    if gain(middle) < abs(g) { low = middle } else { high = middle }
  }
  return change(high)
}

@Suite("FAB")
struct FABTests {
  @Test(
    "on a linear classifier of two classes the image found is the nearest",
    arguments: ThreatModel.Norm.allCases, [true, false])
  func linear(norm: ThreatModel.Norm, isTargeted: Bool) throws {
    let problem = try LinearProblem()
    let threat = ThreatModel(norm, budget: try Budget("0.1", norm: norm))
    let exact = problem.nearest(norm)
    // With η near 1 the boundary is overstepped by next to nothing.
    let attack = FAB(targets: isTargeted ? 9 : nil, steps: 30, overshoot: 1.0001)
    let (images, distances) = try attack.minimumNorm(problem.attackProblem(threat))
    for (row, nearest) in exact.enumerated() {
      let (x, found) = (problem.image(row), images[row].doubles)
      let length = norm.length(zip(nearest, x).map { $0 - $1 })
      #expect(distances[row] >= length * (1 - 1e-5) && distances[row] <= length * 1.0003 + 1e-6)
      #expect(zip(found, nearest).allSatisfy { abs($0 - $1) < 5e-4 * length + 1e-5 })
    }
    #expect(exact.count { $0.contains { $0 == 0 || $0 == 1 } } > 10)
  }

  @Test("where no image is misclassified there is no distance, and none is needed where all are")
  func unreachable() throws {
    let scores = ScoreFunction(name: "offset") { twoScores($0 - 1.5) }
    let data = try LabelledImages(
      images: .full(0.5, [2, 1]), labels: [0, 1], classCount: 2)
    let threat = ThreatModel(budget: try Budget("0.9"))
    let found = try FAB().minimumNorm(AttackProblem(data, scores: scores, threat: threat))
    #expect(found.distances == [.infinity, 0])
    #expect(found.images.doubles == [0.5, 0.5])
  }

  @Test(
    "with the published settings a sample is broken where its distance is within ε",
    arguments: ThreatModel.Norm.allCases)
  func breaks(norm: ThreatModel.Norm) throws {
    let problem = try LinearProblem()
    let budget = try Budget(norm == .linf ? "0.1" : "0.2", norm: norm)
    let threat = ThreatModel(norm, budget: budget)
    let lengths = problem.nearest(norm).enumerated().map { row, nearest in
      norm.length(zip(nearest, problem.image(row)).map { $0 - $1 })
    }
    for attack in [FAB(), FAB.targeted(), FAB(stopsAtSuccess: false)] {
      let result = try attack.perturb(problem.attackProblem(threat))
      let margins = problem.margins(result.images)
      let distances = threat.distances(from: problem.data.images, to: result.images)
      for row in 0..<100 {
        #expect(distances[row] <= budget.value + 1e-6)
        if lengths[row] < budget.value / 1.01 { #expect(margins[row] > 0) }
        if lengths[row] > budget.value { #expect(distances[row] == 0) }
      }
      #expect(result.gradients!.allSatisfy { !$0.startsAtZero && $0.isFinite })
    }
    #expect((20...80).contains(lengths.count { $0 < budget.value }))
  }

  @Test("a sample that is broken is left alone, unless the nearest image is asked for")
  func stops() throws {
    let problem = try LinearProblem(count: 20)
    let threat = ThreatModel(budget: try Budget("0.9"))
    let near = try FAB().minimumNorm(problem.attackProblem(threat)).distances
    func lengths(_ attack: FAB, isDecisive: Bool = true) throws -> (lengths: [Double], passes: Int)
    {
      var rows = 0
      let scores = ScoreFunction(name: "counted") {
        rows += $0.shape[0]
        return problem.classifier.logits($0)
      }
      let images = try attack.perturb(
        AttackProblem(problem.data, scores: scores, threat: threat, isDecisive: isDecisive)
      ).images
      return (threat.distances(from: problem.data.images, to: images), rows)
    }
    let first = try lengths(FAB())
    // The scores at the clean images, then twice a step; on a line one step is enough.
    #expect(first.passes == 20 + 2 * 20)
    #expect(zip(first.lengths, near).allSatisfy { $0 > $1 * 1.03 })
    for (lengths, passes) in [
      try lengths(FAB(stopsAtSuccess: false)), try lengths(FAB(), isDecisive: false),
    ] {
      #expect(passes == 20 + 2 * 20 * 100)
      #expect(zip(lengths, near).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }

  /// Class 1 is near but has a low score, class 2 is far.
  private func threeClasses(_ x: Tensor) -> Tensor {
    let (a, b) = (x.sliced(0..<1, along: 1), x.sliced(1..<2, along: 1))
    return Tensor.concatenated([Tensor.zeros(like: a), (a - 0.55) * 10, b - 0.7], along: 1)
  }

  @Test("untargeted it takes the nearest boundary, targeted one class after the other")
  func targets() throws {
    let data = try LabelledImages(images: .full(0.5, [1, 2]), labels: [0], classCount: 3)
    let scores = ScoreFunction(name: "three", scores: threeClasses)
    for norm in ThreatModel.Norm.allCases {
      let threat = ThreatModel(norm, budget: try Budget("0.1", norm: norm))
      func found(_ attack: FAB, _ attempt: Int) throws -> [Double] {
        let problem = AttackProblem(data, scores: scores, threat: threat, attempt: attempt)
        return try attack.minimumNorm(problem).images.doubles
      }
      let nearest = try found(FAB(), 0)
      #expect(abs(nearest[0] - 0.55) < 0.001 && nearest[1] == 0.5)
      // -0.2 is greater than -0.5.
      let likeliest = try found(.targeted(), 0)
      #expect(likeliest[0] == 0.5 && abs(likeliest[1] - 0.7) < 0.004)
      #expect(try found(.targeted(), 1) == nearest)
      let both = try FAB.targeted().minimumNorm(
        AttackProblem(data, scores: scores, threat: threat), attempts: 2)
      #expect(both.images.doubles == nearest)
      #expect(abs(both.distances[0] - 0.05) < 0.001)
    }
    #expect(FAB.targeted().attempts(classCount: 3) == 2)
    #expect(FAB.targeted(restarts: 2).attempts(classCount: 100) == 18)
    #expect(FAB.targeted(targets: .max).attempts(classCount: 100) == 99)
    #expect(FAB(restarts: 5).attempts(classCount: 100) == 5)
  }

  @Test("the nearest boundary is the one of the least distance in the norm of the threat model")
  func nearestBoundary() throws {
    // At (0.5, 0.5) class 1 is 0.06 away in L-inf and 0.085 in L2, class 2 0.07 in either.
    let scores = ScoreFunction(name: "three") { x in
      let (a, b) = (x.sliced(0..<1, along: 1), x.sliced(1..<2, along: 1))
      return Tensor.concatenated([Tensor.zeros(like: a), a + b - 1.12, a - 0.57], along: 1)
    }
    let data = try LabelledImages(images: .full(0.5, [1, 2]), labels: [0], classCount: 3)
    for (norm, distance) in [(ThreatModel.Norm.linf, 0.06), (.l2, 0.07)] {
      let threat = ThreatModel(norm, budget: try Budget("0.1", norm: norm))
      let found = try FAB().minimumNorm(AttackProblem(data, scores: scores, threat: threat))
      #expect(abs(found.distances[0] / distance - 1) < 0.02)
    }
  }

  @Test(
    "a flat start is reported, and a random one leaves it", arguments: ThreatModel.Norm.allCases)
  func restarts(norm: ThreatModel.Norm) throws {
    let scores = ScoreFunction(name: "valley") { twoScores(($0 - 0.5).squared - 0.0025) }
    let data = try LabelledImages(images: .full(0.5, [1, 1]), labels: [0], classCount: 2)
    let threat = ThreatModel(norm, budget: try Budget("0.2", norm: norm))
    func attempt(_ number: Int) throws -> Perturbation {
      try FAB(restarts: 2, stopsAtSuccess: false).perturb(
        AttackProblem(data, scores: scores, threat: threat, attempt: number))
    }
    let flat = try attempt(0)
    #expect(flat.gradients == [GradientHealth(startsAtZero: true, isFinite: true)])
    #expect(flat.images.item == 0.5)
    let random = try attempt(1)
    #expect(random.gradients == [GradientHealth(startsAtZero: false, isFinite: true)])
    #expect(abs(abs(random.images.item - 0.5) - 0.05) < 0.001)
  }

  /// From a random start the step from the clean image has the weight α = min(‖d₁‖/(‖d₁‖ + ‖d₂‖), α_max)
  /// of the reference, here on a plane far from the walls: both changes are orthogonal to it.
  @Test("a step blends the two projections up to the greatest weight", arguments: [0, 0.1, 0.3, 1])
  func blending(alphaMax: Double) throws {
    let data = try LabelledImages(images: .full(0.5, [1, 3]), labels: [0], classCount: 2)
    let (w, bias) = ([1.0, -2, 2], -0.6)
    func gap(_ x: [Double]) -> Double { -zip(w, x).reduce(bias) { $0 + $1.0 * $1.1 } }
    for attempt in 1...6 {
      var seen: [[Double]] = []
      let scores = ScoreFunction(name: "plane") { x in
        seen.append(x.detached.doubles)
        return twoScores((x * Tensor(w).to(.float32)).sum(along: 1, keeping: true) + bias)
      }
      let threat = ThreatModel(.l2, budget: try Budget("0.2", norm: .l2))
      _ = try FAB(steps: 1, restarts: 7, alphaMax: alphaMax, overshoot: 1.5).perturb(
        AttackProblem(data, scores: scores, threat: threat, seed: 1, attempt: attempt))
      let (start, reached) = (seen[1], seen.last!)
      let clean = [0.5, 0.5, 0.5]
      // ‖w‖ = 3, so a gap g is g/3 away, by g w/9.
      let (own, fromClean) = (gap(start) / 3, gap(clean) / 3)
      let alpha = min(abs(own) / (abs(own) + abs(fromClean)), alphaMax)
      for place in 0..<3 {
        let expected =
          (1 - alpha) * (start[place] + 1.5 * own * w[place] / 3)
          + alpha * (clean[place] + 1.5 * fromClean * w[place] / 3)
        #expect(abs(reached[place] - expected) < 1e-6, "attempt \(attempt)")
      }
    }
  }

  @Test("random starts are half of ε away and set apart by sample, attempt and seed")
  func randomStarts() throws {
    let data = try LabelledImages(
      images: .full(0.5, [2, 1, 1, 40]), labels: [0, 0], classCount: 2)
    var starts: [[Double]] = []
    for norm in ThreatModel.Norm.allCases {
      let threat = ThreatModel(norm, budget: try Budget("0.2", norm: norm))
      func start(seed: UInt64, attempt: Int) throws -> [[Double]] {
        var seen: [Tensor] = []
        let scores = ScoreFunction(name: "seen") {
          seen.append($0.detached)
          return twoScores($0.flattened(from: 1).mean(along: 1, keeping: true) - 1)
        }
        _ = try FAB(steps: 1, restarts: 3).perturb(
          AttackProblem(data, scores: scores, threat: threat, seed: seed, attempt: attempt))
        let lengths = threat.distances(from: data.images, to: seen[1])
        #expect(lengths.allSatisfy { abs($0 - (attempt == 0 ? 0 : 0.1)) < 1e-6 })
        return [seen[1][0].doubles, seen[1][1].doubles]
      }
      starts += try start(seed: 1, attempt: 1)
      starts += try start(seed: 1, attempt: 2)
      starts += try start(seed: 2, attempt: 1)
      #expect(try start(seed: 1, attempt: 0)[0] == data.images[0].doubles)
    }
    #expect(Set(starts).count == 12)
  }

  @Test("gradients that are not numbers are reported and move nothing") func notFinite() throws {
    let scores = ScoreFunction(name: "broken") { twoScores(-1 + ($0 - 0.5).squareRoot) }
    let data = try LabelledImages(
      images: Tensor([0.5, 0.75] as [Float], shape: [2, 1]), labels: [0, 0], classCount: 2)
    let threat = ThreatModel(budget: try Budget("0.1"))
    let result = try FAB().perturb(AttackProblem(data, scores: scores, threat: threat))
    #expect(result.gradients!.map(\.isFinite) == [false, true])
    #expect(result.images[0].item == 0.5)
  }

  @Test("on a network each class has a boundary at the distance where its score is the true one's")
  func network() throws {
    let generator = RandomGenerator(seed: 21)
    let (inner, outer) = (generator.normal([16, 12]), generator.normal([4, 16]))
    let network = ScoreFunction(name: "network") {
      $0.flattened(from: 1).linear(weight: inner).tanh.linear(weight: outer)
    }
    let images = generator.uniform([20, 1, 3, 4])
    let data = try LabelledImages(
      images: images, labels: try network.scores(images).argMax(along: 1).integers, classCount: 4)
    for norm in ThreatModel.Norm.allCases {
      let threat = ThreatModel(norm, budget: try Budget("0.3", norm: norm))
      let problem = AttackProblem(data, scores: network, threat: threat)
      let any = try FAB().minimumNorm(problem)
      let every = try FAB.targeted().minimumNorm(problem, attempts: 3)
      // The nearest of all is found either way, within what η and local minima leave.
      for (free, aimed) in zip(any.distances, every.distances) {
        #expect(aimed < free * 1.05)
      }
      let close = zip(any.distances, every.distances).count { abs($0 / $1 - 1) < 0.05 }
      #expect(close >= 16)
      // A margin of nearly 0 says that the boundary is where the search ended.
      let margins = try network.scores(every.images)
      let top = margins.largest(2, along: 1).values
      let gap = (top.sliced(0..<1, along: 1) - top.sliced(1..<2, along: 1)).doubles
      #expect(gap.allSatisfy { $0 < 0.1 })
      #expect(margins.argMax(along: 1).integers != data.labelList)
    }
  }

  @Test(
    "what happens to a sample does not depend on its batch, bit for bit",
    arguments: ThreatModel.Norm.allCases)
  func batches(norm: ThreatModel.Norm) throws {
    let problem = try LinearProblem(count: 30)
    let threat = ThreatModel(norm, budget: try Budget("0.1", norm: norm))
    let attack = FAB(steps: 20, restarts: 2)
    let together = try attack.perturb(problem.attackProblem(threat, attempt: 1)).images
    let order = [29, 3, 11, 4, 0]
    let apart = try attack.perturb(problem.attackProblem(threat, attempt: 1, positions: order))
    for (row, position) in order.enumerated() {
      #expect(apart.images[row].doubles == together[position].doubles)
    }
    let problemOfClean = problem.attackProblem(ThreatModel(norm, budget: try Budget("0")))
    #expect(try attack.perturb(problemOfClean).images.doubles == problem.data.images.doubles)
  }
}

extension ThreatModel.Norm {
  fileprivate func length(_ change: [Double]) -> Double {
    switch self {
    case .linf: change.map(abs).max()!
    case .l2: change.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
  }
}

extension LinearProblem {
  /// The nearest point of the boundary of each image, by bisection.
  fileprivate func nearest(_ norm: ThreatModel.Norm) -> [[Double]] {
    let labels = data.labelList
    return data.indices.map { row in
      let (x, label) = (image(row), labels[row])
      let w = zip(classifier.weights[1 - label], classifier.weights[label]).map { $0 - $1 }
      let bias = classifier.biases[1 - label] - classifier.biases[label]
      let gap = -zip(w, x).reduce(bias) { $0 + $1.0 * $1.1 }
      return zip(x, bisected(x, w, gap, norm)).map { $0 + $1 }
    }
  }
}
