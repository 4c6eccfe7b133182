import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("Attacks")
struct AttackTests {
  static let attacks: [any Attack] = [
    FGSM(), BIM(), BIM.paper, PGD(), PGD.paper, PGD(steps: 40, restarts: 2),
  ]

  @Test(
    "on a linear classifier each attack breaks exactly the samples that can be broken",
    arguments: ["8/255", "0.1", "0.2"])
  func linearWorstCase(budget: String) throws {
    let problem = try LinearProblem()
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = ([FGSM(), BIM(), PGD()] as [any Attack]).map { AttackPlan($0) }
    evaluation.threats = [ThreatModel(budget: try Budget(budget))]
    let result = try evaluation.run(problem.classifier, on: problem.data).result
    let epsilon = try Budget(budget).value
    let exact = problem.data.indices.filter {
      problem.classifier.worstMargin(
        problem.image($0), label: result.labels[$0], epsilon: epsilon) > 0
    }
    #expect(result.threats[0].survivors == exact)
    #expect(exact.count > 0 && exact.count < 100)
    for attack in result.threats[0].attacks { #expect(attack.accuracy.correct == exact.count) }
    #expect(!result.isFlagged)
  }

  @Test("the image reached is x - ε sign(w), confined to [0, 1]") func closedForm() throws {
    let problem = try LinearProblem(count: 20)
    let threat = ThreatModel(budget: try Budget("0.1"))
    let slope = zip(problem.classifier.weights[0], problem.classifier.weights[1]).map { $0 - $1 }
    let labels = problem.data.labels.integers
    for attack in [FGSM(), BIM(), PGD()] as [any Attack] {
      let found = try perturb(problem, by: attack, threat: threat).images.doubles
      let expected = problem.data.indices.flatMap { position in
        zip(problem.image(position), slope).map { x, w in
          let sign: Double = (w > 0) == (labels[position] == 0) ? -1 : 1
          return min(1, max(0, x + 0.1 * sign))
        }
      }
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(attack.name)")
    }
  }

  @Test("the paper's 10 steps of ε/8 cross the ball only partly from a random start")
  func paperSteps() throws {
    let problem = try LinearProblem(count: 40, range: 0.3..<0.7)
    let threat = ThreatModel(budget: try Budget("0.1"))
    let slope = zip(problem.classifier.weights[0], problem.classifier.weights[1]).map { $0 - $1 }
    let labels = problem.data.labels.integers
    let change = try perturb(problem, by: PGD.paper, threat: threat).images - problem.data.images
    let progress = change.doubles.enumerated().map { place, change in
      change * ((slope[place % 6] > 0) == (labels[place / 6] == 0) ? -1 : 1)
    }
    // From u in [-ε, ε] to min(ε, u + 1.25 ε), so at least ε/4.
    #expect(progress.min()! >= 0.025 - 1e-6)
    #expect(progress.min()! < 0.06)
    #expect(abs(progress.max()! - 0.1) < 1e-6)
  }

  @Test("L2 attacks reach the sphere along the gradient") func l2() throws {
    let problem = try LinearProblem(count: 20, range: 0.4..<0.6)
    let threat = ThreatModel(.l2, budget: try Budget("0.2"))
    let slope = zip(problem.classifier.weights[0], problem.classifier.weights[1]).map { $0 - $1 }
    let length = slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let labels = problem.data.labels.integers
    let images = try perturb(problem, by: PGD(steps: 50, relativeStep: 0.25), threat: threat).images
    let change = (images - problem.data.images).doubles
    #expect(threat.distances(from: problem.data.images, to: images).allSatisfy { $0 <= 0.2 + 1e-6 })
    for position in 0..<20 {
      let along = (0..<6).reduce(0) { $0 + change[position * 6 + $1] * slope[$1] / length }
      #expect(abs(along - (labels[position] == 0 ? -0.2 : 0.2)) < 1e-3)
    }
  }

  @Test("L2 starts fill the ball, and the projection leaves what is inside")
  func l2Starts() throws {
    let problem = try LinearProblem(count: 200, range: 0.4..<0.6)
    let threat = ThreatModel(.l2, budget: try Budget("0.2"))
    let still = PGD(relativeStep: 1e-9, returning: .last)
    let lengths = threat.distances(
      from: problem.data.images, to: try perturb(problem, by: still, threat: threat).images)
    let mean = lengths.reduce(0, +) / 200
    #expect(abs(mean - 0.1) < 0.02)
    #expect(lengths.min()! < 0.02 && lengths.max()! > 0.18)
  }

  @Test(
    "every result is allowed, from images at the edge of [0, 1]", arguments: [0, 1, 2, 3, 4, 5])
  func allowed(number: Int) throws {
    let attack = Self.attacks[number]
    let generator = RandomGenerator(seed: 5)
    let images = (generator.uniform([30, 1, 2, 3]) * 3 - 1).clamped(to: 0...1)
    let problem = try LinearProblem()
    let data = try LabelledImages(
      images: images, labels: Array(repeating: 0, count: 30), classCount: 2)
    for norm in attack.norms {
      let threat = ThreatModel(norm, budget: try Budget("16/255"))
      let scores = problem.classifier.scoreFunctions[0]
      let result = try attack.perturb(AttackProblem(data, scores: scores, threat: threat, seed: 1))
      let distances = threat.distances(from: images, to: result.images)
      #expect(distances.allSatisfy { $0 <= threat.epsilon + 1e-6 })
      #expect(result.images.doubles.allSatisfy { $0 >= 0 && $0 <= 1 })
    }
  }

  @Test("no budget, no change") func noBudget() throws {
    let problem = try LinearProblem(count: 10)
    for attack in Self.attacks {
      let threat = ThreatModel(budget: try Budget("0"))
      let images = try perturb(problem, by: attack, threat: threat).images
      #expect(images.doubles == problem.data.images.doubles)
    }
  }

  @Test("what happens to a sample does not depend on its batch, bit for bit") func batches() throws
  {
    let problem = try LinearProblem(count: 30)
    let threat = ThreatModel(budget: try Budget("0.1"))
    let together = try perturb(problem, by: PGD.paper, threat: threat).images
    let order = [29, 3, 11, 4, 0]
    let subset = problem.data.subset(order)
    let apart = try PGD.paper.perturb(
      AttackProblem(
        subset, scores: problem.classifier.scoreFunctions[0], threat: threat, seed: 1)
    ).images
    for (row, position) in order.enumerated() {
      #expect(apart[row].doubles == together[position].doubles)
    }
  }

  @Test("restarts, seeds, samples and names draw apart") func draws() throws {
    let problem = try LinearProblem(count: 2)
    let twins = try LabelledImages(
      images: Tensor.full(0.5, [2, 1, 1, 6]), labels: [0, 0], classCount: 2)
    let threat = ThreatModel(budget: try Budget("0.1"))
    func starts(_ attack: PGD, seed: UInt64, attempt: Int) throws -> [[Double]] {
      let images = try attack.perturb(
        AttackProblem(
          twins, scores: problem.classifier.scoreFunctions[0], threat: threat, seed: seed,
          attempt: attempt)
      ).images
      return [images[0].doubles, images[1].doubles]
    }
    let still = PGD(relativeStep: 1e-9)
    var seen = try starts(still, seed: 1, attempt: 0)
    seen += try starts(still, seed: 1, attempt: 1)
    seen += try starts(still, seed: 2, attempt: 0)
    seen += try starts(PGD(name: "other", relativeStep: 1e-9), seed: 1, attempt: 0)
    #expect(Set(seen).count == 8)
    #expect(try starts(still, seed: 1, attempt: 0) == Array(seen[0..<2]))
  }

  @Test("the best iterate is returned where the last has overshot") func bestIterate() throws {
    // The wrong class is likeliest at 0.55; steps of 0.08 from 0.5 go to 0.58 and back to 0.5.
    let scores = ScoreFunction(name: "bump") { twoScores(-($0.flattened(from: 1) - 0.55).squared) }
    let data = try LabelledImages(images: .full(0.5, [1, 1]), labels: [0], classCount: 2)
    let threat = ThreatModel(budget: try Budget("0.1"))
    func reached(_ iterate: ReturnedIterate) throws -> Double {
      try BIM(steps: 2, relativeStep: 0.8, returning: iterate)
        .perturb(AttackProblem(data, scores: scores, threat: threat)).images.item
    }
    #expect(abs(try reached(.last) - 0.5) < 1e-6)
    #expect(abs(try reached(.best) - 0.58) < 1e-6)
  }

  @Test("a classifier that is sure does not hide its gradient", arguments: [1, 1e3, 1e6, 1e12])
  func sureClassifier(scale: Double) throws {
    let problem = try LinearProblem(count: 20)
    let scaled = ScoreFunction(name: "scaled") { problem.classifier.logits($0) * scale }
    let threat = ThreatModel(budget: try Budget("0.1"))
    let expected = try perturb(problem, by: FGSM(), threat: threat).images
    let found = try FGSM().perturb(AttackProblem(problem.data, scores: scaled, threat: threat))
    #expect(found.images.doubles == expected.doubles)
    #expect(found.gradients!.allSatisfy { !$0.startsAtZero && $0.isFinite })
  }

  @Test("with three classes the direction is that of the cross entropy's gradient")
  func crossEntropyDirection() throws {
    let generator = RandomGenerator(seed: 11)
    let weight = generator.normal([3, 5])
    let images = generator.uniform([8, 5], in: 0.4..<0.6)
    let labels = [0, 1, 2, 0, 1, 2, 0, 1]
    let data = try LabelledImages(images: images, labels: labels, classCount: 3)
    let x = images.differentiable()
    let loss = crossEntropy(logits: x.linear(weight: weight), labels: data.labels).sum()
    let expected = gradient(of: loss, wrt: [x])[0]
    let threat = ThreatModel(.l2, budget: try Budget("0.001"))
    let scores = ScoreFunction(name: "linear") { $0.linear(weight: weight) }
    // One long step, from so near to x that the start does not show.
    let pgd = PGD(steps: 1, relativeStep: 1000, returning: .last)
    let change =
      try pgd.perturb(AttackProblem(data, scores: scores, threat: threat)).images
      - images
    for row in 0..<8 {
      let cosine = (change[row] * expected[row]).sum() / (change[row].norm * expected[row].norm)
      #expect(cosine.item > 0.999)
    }
  }

  @Test("on a network FGSM, BIM and PGD go where torchattacks' formulas go", arguments: [1, 10])
  func plainFormulas(steps: Int) throws {
    let generator = RandomGenerator(seed: 21)
    let (inner, outer) = (generator.normal([16, 12]), generator.normal([3, 16]))
    let images = generator.uniform([20, 1, 3, 4])
    let network = { (x: Tensor) in
      x.flattened(from: 1).linear(weight: inner).tanh.linear(weight: outer)
    }
    let data = try LabelledImages(
      images: images, labels: network(images).argMax(along: 1).integers, classCount: 3)
    let (epsilon, step) = (16.0 / 255, steps == 1 ? 16.0 / 255 : 2.0 / 255)

    // bim.py: autograd of the mean cross entropy, and three clips.
    var x = images
    for _ in 0..<steps {
      let leaf = x.differentiable()
      let loss = crossEntropy(logits: network(leaf), labels: data.labels).mean()
      let moved = leaf.detached + gradient(of: loss, wrt: [leaf])[0].sign * step
      let low = (images - epsilon).maximum(0)
      let inside = Tensor.select(moved .>= low, moved, low)
      x = Tensor.select(inside .> images + epsilon, images + epsilon, inside).minimum(1)
    }
    let attack: any Attack = steps == 1 ? FGSM() : BIM.paper
    let found = try attack.perturb(
      AttackProblem(
        data, scores: ScoreFunction(name: "network", scores: network),
        threat: ThreatModel(budget: try Budget("16/255")))
    ).images
    #expect((found - x).magnitude.max().item < 1e-6)
    #expect((found - images).magnitude.max().item > 0.06)
  }

  private func perturb(
    _ problem: LinearProblem, by attack: any Attack, threat: ThreatModel
  ) throws -> Perturbation {
    try attack.perturb(
      AttackProblem(
        problem.data, scores: problem.classifier.scoreFunctions[0], threat: threat, seed: 1))
  }
}
