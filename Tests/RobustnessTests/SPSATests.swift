import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("SPSA and random search")
struct SPSATests {
  static let quick: [any Attack] = [
    SPSA(iterations: 3, directions: 20), RandomSearch(points: 40),
  ]

  @Test("on a linear classifier SPSA ends at the optimum") func optimum() throws {
    let problem = try LinearProblem(count: 20)
    let threat = ThreatModel(budget: try Budget("0.05"))
    let images = try SPSA(iterations: 30)
      .perturb(problem.attackProblem(threat, isDecisive: false)).images
    for (row, margin) in problem.margins(images).enumerated() {
      let worst = problem.classifier.worstMargin(
        problem.image(row), label: problem.data.labelList[row], epsilon: 0.05)
      #expect(abs(margin + worst) < 1e-5)
    }
  }

  @Test("the first step has Adam's length along the estimated slope") func firstStep() throws {
    let problem = try LinearProblem(count: 20, range: 0.4..<0.6)
    let threat = ThreatModel(budget: try Budget("0.3"))
    // With so many directions no coordinate's sign is left to chance.
    let images = try SPSA(iterations: 1, directions: 4000, rate: 0.02)
      .perturb(problem.attackProblem(threat, isDecisive: false)).images
    let slope = zip(problem.classifier.weights[1], problem.classifier.weights[0]).map { $0 - $1 }
    let change = (images - problem.data.images).doubles
    for (place, change) in change.enumerated() {
      let sign: Double = problem.data.labelList[place / 6] == 0 ? 1 : -1
      #expect(abs(change - 0.02 * sign * (slope[place % 6] > 0 ? 1 : -1)) < 1e-5)
    }
  }

  @Test("Adam's moments are those of the published algorithm") func adam() throws {
    // One pixel: v² = 1, so the estimate is exact: the derivative of the margin, by differences.
    let scores = ScoreFunction(name: "parabola") { twoScores(-($0 - 0.8).squared) }
    let data = try LabelledImages(images: .full(0.2, [1, 1]), labels: [0], classCount: 2)
    let threat = ThreatModel(budget: try Budget("1"))
    let images = try SPSA(iterations: 8, directions: 1, rate: 0.05).perturb(
      AttackProblem(data, scores: scores, threat: threat, isDecisive: false)
    ).images
    var (x, mean, variance) = (0.2, 0.0, 0.0)
    var powers = (1.0, 1.0)
    for _ in 0..<8 {
      let slope = -2 * (x - 0.8)
      mean = 0.9 * mean + 0.1 * slope
      variance = 0.999 * variance + 0.001 * slope * slope
      powers = (powers.0 * 0.9, powers.1 * 0.999)
      x += 0.05 * (mean / (1 - powers.0)) / ((variance / (1 - powers.1)).squareRoot() + 1e-8)
    }
    #expect(abs(images.item - x) < 1e-4)
  }

  @Test("steps hide the gradient from PGD, not from SPSA") func steps() throws {
    let problem = try LinearProblem(count: 20)
    let scores = ScoreFunction(name: "steps") { problem.classifier.logits(($0 * 100).floor / 100) }
    let labels = try scores.scores(problem.data.images).argMax(along: 1).integers
    let data = try LabelledImages(images: problem.data.images, labels: labels, classCount: 2)
    let threat = ThreatModel(budget: try Budget("0.2"))
    let attacked = AttackProblem(data, scores: scores, threat: threat)
    func broken(_ attack: any Attack) throws -> Int {
      let predictions = try scores.scores(try attack.perturb(attacked).images).argMax(along: 1)
      return zip(predictions.integers, labels).count { $0 != $1 }
    }
    #expect(try broken(PGD(startsRandomly: false)) == 0)
    #expect(try broken(SPSA(iterations: 30)) > 10)
    #expect(!SPSA().usesGradients && !RandomSearch().usesGradients)
  }

  @Test("random points fill the ball evenly") func uniform() throws {
    var seen: [Tensor] = []
    let scores = ScoreFunction(name: "seen") {
      seen.append($0)
      return twoScores($0.sliced(0..<1, along: 1) * 0 - 1)
    }
    let data = try LabelledImages(images: .full(0.5, [1, 3]), labels: [0], classCount: 2)
    for norm in ThreatModel.Norm.allCases {
      seen = []
      let threat = ThreatModel(norm, budget: try Budget("0.2", norm: norm))
      _ = try RandomSearch(points: 5000).perturb(
        AttackProblem(data, scores: scores, threat: threat))
      let change = (Tensor.concatenated(seen) - 0.5) * 5
      #expect(change.shape == [5000, 3])
      #expect(change.mean(along: 0).magnitude.max().item < 0.04)
      switch norm {
      case .linf:
        #expect((change.squared.mean(along: 0) - 1.0 / 3).magnitude.max().item < 0.02)
        #expect(change.magnitude.max().item <= 1.00001 && change.magnitude.max().item > 0.99)
      case .l2:
        // The volume within a radius r is r³.
        let radii = change.norm(along: 1)
        #expect(radii.max().item <= 1.00001)
        for radius in [0.5, 0.8] {
          let share = (radii .< radius).to(.float32).mean().item
          #expect(abs(share - radius * radius * radius) < 0.025)
        }
      }
    }
  }

  @Test("random search finds what is common and keeps the greatest margin") func randomSearch()
    throws
  {
    let problem = try LinearProblem(count: 40)
    let threat = ThreatModel(budget: try Budget("0.1"))
    var tried: [Double] = []
    let scores = ScoreFunction(name: "seen") {
      tried += $0.flattened(from: 1).sliced(0..<1, along: 1).doubles
      return twoScores($0.flattened(from: 1).sliced(0..<1, along: 1) - 0.95)
    }
    let one = try LabelledImages(images: .full(0.5, [1, 1, 1, 6]), labels: [0], classCount: 2)
    let found = try RandomSearch(points: 50).perturb(
      AttackProblem(one, scores: scores, threat: threat)
    ).images.doubles
    #expect(tried.count == 50 && found[0] == tried.max()!)
    // Against the truth: samples that break at half the budget have volumes to be found in.
    let images = try RandomSearch(points: 2000).perturb(problem.attackProblem(threat)).images
    let margins = problem.margins(images)
    for row in 0..<40 {
      let worst = {
        problem.classifier.worstMargin(
          problem.image(row), label: problem.data.labelList[row], epsilon: $0)
      }
      if worst(0.05) < 0 { #expect(margins[row] > 0) }
      if worst(0.1) > 0 { #expect(margins[row] < 0) }
    }
    #expect(margins.count { $0 > 0 } > 5)
  }

  @Test("scores that are not numbers do not hide others") func notNumbers() throws {
    let scores = ScoreFunction(name: "root") { twoScores(($0 - 0.5).squareRoot - 9) }
    let data = try LabelledImages(images: .full(0.5, [1, 1]), labels: [0], classCount: 2)
    let threat = ThreatModel(budget: try Budget("0.1"))
    let problem = AttackProblem(data, scores: scores, threat: threat)
    #expect(try RandomSearch(points: 200).perturb(problem).images.item > 0.59)
    #expect(try SPSA(iterations: 2).perturb(problem).images.item >= 0.5)
  }

  @Test("samples that are broken are left alone", arguments: [0, 1])
  func compaction(number: Int) throws {
    let problem = try LinearProblem(count: 40)
    let threat = ThreatModel(budget: try Budget("0.1"))
    func passes(isDecisive: Bool) throws -> Int {
      var rows = 0
      let scores = ScoreFunction(name: "counted") {
        #expect(!$0.requiresGradient && $0.shape[0] <= 512)
        rows += $0.shape[0]
        return problem.classifier.logits($0)
      }
      _ = try Self.quick[number].perturb(
        AttackProblem(problem.data, scores: scores, threat: threat, isDecisive: isDecisive))
      return rows
    }
    #expect(try passes(isDecisive: false) == 40 * Self.quick[number].steps)
    #expect(try passes(isDecisive: true) < 40 * Self.quick[number].steps)
  }

  @Test(
    "what happens to a sample does not depend on its batch, bit for bit", arguments: [0, 1])
  func batches(number: Int) throws {
    let problem = try LinearProblem(count: 70)
    let threat = ThreatModel(budget: try Budget("0.1"))
    let together = try Self.quick[number].perturb(problem.attackProblem(threat)).images
    let order = [69, 29, 3, 11, 4, 0]
    let apart = try Self.quick[number].perturb(
      problem.attackProblem(threat, positions: order)
    ).images
    for (row, position) in order.enumerated() {
      #expect(apart[row].doubles == together[position].doubles)
    }
    let again = try Self.quick[number].perturb(problem.attackProblem(threat, seed: 2)).images
    #expect(again.doubles != together.doubles)
  }

  @Test(
    "every result is allowed, from points and images at the edge of [0, 1]", arguments: [0, 1],
    [[7], [2, 3, 4]])
  func allowed(number: Int, shape: [Int]) throws {
    let attack = Self.quick[number]
    let generator = RandomGenerator(seed: 5)
    let images = (generator.uniform([20] + shape) * 3 - 1).clamped(to: 0...1)
    let weight = generator.normal([3, shape.reduce(1, *)])
    let scores = ScoreFunction(name: "linear") { $0.flattened(from: 1).linear(weight: weight) }
    let labels = try scores.scores(images).argMax(along: 1).integers
    let data = try LabelledImages(images: images, labels: labels, classCount: 3)
    for norm in attack.norms {
      for budget in ["16/255", "0"] {
        let threat = ThreatModel(norm, budget: try Budget(budget, norm: norm))
        let result = try attack.perturb(
          AttackProblem(data, scores: scores, threat: threat, isDecisive: false)
        ).images
        let distances = threat.distances(from: images, to: result)
        #expect(distances.allSatisfy { $0 <= threat.epsilon + 1e-6 })
        #expect(result.doubles.allSatisfy { $0 >= 0 && $0 <= 1 })
        if budget == "0" { #expect(result.doubles == images.doubles) }
      }
    }
  }
}
