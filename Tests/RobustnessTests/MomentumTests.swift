import NeuralNetworks
import Robustness
import Synchronization
import Tensors
import Testing

@Suite("Attacks with momentum")
struct MomentumTests {
  /// torchattacks' mifgsm.py, nifgsm.py and vnifgsm.py, written out with the mean cross entropy of
  /// the batch.
  private struct Formula {
    let looksAhead: Bool
    let neighbours: Int
    var decay = 1.0
    let step = 2.0 / 255
    let epsilon = 16.0 / 255

    func images(
      _ data: LabelledImages, _ network: (Tensor) -> Tensor, neighbour: (Int, Int) -> Tensor
    ) -> [Tensor] {
      func slope(_ x: Tensor) -> Tensor {
        let leaf = x.differentiable()
        let loss = crossEntropy(logits: network(leaf), labels: data.labels).mean()
        return gradient(of: loss, wrt: [leaf])[0]
      }
      var x = data.images
      var momentum = Tensor.zeros(like: x)
      var variance = momentum
      return (0..<10).map { iteration in
        let g = slope(looksAhead ? x + momentum * (decay * step) : x)
        let corrected = g + variance
        let mean = corrected.magnitude.mean(along: 1, 2, 3, keeping: true)
        momentum = momentum * decay + corrected / mean
        if neighbours > 0 {
          let slopes = (0..<neighbours).map { slope(x + neighbour(iteration, $0)) }
          variance =
            slopes.dropFirst().reduce(slopes[0]) { $0 + $1 } / Double(neighbours) - g
        }
        let change = (x + momentum.sign * step - data.images).clamped(to: -epsilon...epsilon)
        x = (data.images + change).clamped(to: 0...1)
        return x
      }
    }
  }

  /// A network of three classes on 20 images, in float64 so that signs agree.
  private struct Problem {
    let network: @Sendable (Tensor) -> Tensor
    let data: LabelledImages

    init() throws {
      let generator = RandomGenerator(seed: 21)
      let inner = generator.normal([16, 12], dtype: .float64)
      let outer = generator.normal([3, 16], dtype: .float64)
      network = { $0.flattened(from: 1).linear(weight: inner).tanh.linear(weight: outer) }
      let images = generator.uniform([20, 1, 3, 4], dtype: .float64)
      data = try LabelledImages(
        images: images, labels: network(images).argMax(along: 1).integers, classCount: 3)
    }

    func perturb(
      _ attack: any Attack, seed: UInt64 = 0, attempt: Int = 0
    ) throws -> Perturbation {
      try attack.perturb(
        AttackProblem(
          data, scores: ScoreFunction(name: "network", scores: network),
          threat: ThreatModel(budget: try Budget("16/255")), seed: seed, attempt: attempt))
    }

    func margins(_ images: Tensor) -> [Double] {
      MarginLoss().values(network(images), labels: data.labels).doubles
    }
  }

  @Test("MI-FGSM goes where torchattacks' formula goes", arguments: [1, 0.5])
  func momentum(decay: Double) throws {
    let problem = try Problem()
    let formula = Formula(looksAhead: false, neighbours: 0, decay: decay)
    let expected = formula.images(problem.data, problem.network) { _, _ in fatalError() }
    let attack = MIFGSM(relativeStep: 1 / 8, decay: decay, returning: .last)
    let found = try problem.perturb(attack).images
    #expect((found - expected[9]).magnitude.max().item < 1e-12)
    // Not where BIM goes.
    let plain = try problem.perturb(BIM.paper).images
    #expect((found - plain).magnitude.max().item > 0.01)
  }

  @Test("NI-FGSM goes where torchattacks' formula goes", arguments: [1, 0.5])
  func lookAhead(decay: Double) throws {
    let problem = try Problem()
    let formula = Formula(looksAhead: true, neighbours: 0, decay: decay)
    let expected = formula.images(problem.data, problem.network) { _, _ in fatalError() }
    let attack = NIFGSM(relativeStep: 1 / 8, decay: decay, returning: .last)
    let found = try problem.perturb(attack).images
    #expect((found - expected[9]).magnitude.max().item < 1e-12)
    let plain = try problem.perturb(MIFGSM(relativeStep: 1 / 8, decay: decay, returning: .last))
    #expect((found - plain.images).magnitude.max().item > 0.01)
  }

  @Test("VNI-FGSM goes where torchattacks' formula goes", arguments: [(5, 1.5), (3, 0.5)])
  func neighbours(count: Int, spread: Double) throws {
    let problem = try Problem()
    let formula = Formula(looksAhead: true, neighbours: count)
    let width = spread * formula.epsilon
    let expected = formula.images(problem.data, problem.network) { iteration, neighbour in
      let draws = sampleDraws(
        "vni-fgsm neighbours \(iteration)", indices: problem.data.indices, seed: 9
      ) { $0.uniform([count, 1, 3, 4], in: -width..<width) }
      return draws.sliced(neighbour..<neighbour + 1, along: 1).squeezed(1).to(.float64)
    }
    let attack = VNIFGSM(
      relativeStep: 1 / 8, neighbours: count, relativeSpread: spread, returning: .last)
    #expect(attack.steps == 10 * (1 + count))
    let found = try problem.perturb(attack, seed: 9).images
    #expect((found - expected[9]).magnitude.max().item < 1e-12)
    let plain = try problem.perturb(NIFGSM(relativeStep: 1 / 8, returning: .last)).images
    #expect((found - plain).magnitude.max().item > 0.01)
    let other = try problem.perturb(attack, seed: 9, attempt: 1).images
    #expect((found - other).magnitude.max().item > 0.001)
  }

  static let attacks: [any Attack] = [
    MIFGSM(), MIFGSM.paper, NIFGSM(), NIFGSM.paper, VNIFGSM(), VNIFGSM.paper,
  ]

  @Test("the best iterate has the greatest margin of all visited", arguments: [0, 1])
  func best(kind: Int) throws {
    let problem = try Problem()
    let formula = Formula(looksAhead: kind == 1, neighbours: 0)
    let visited =
      [problem.data.images]
      + formula.images(problem.data, problem.network) { _, _ in fatalError() }
    let attack: any Attack = kind == 0 ? MIFGSM(relativeStep: 1 / 8) : NIFGSM(relativeStep: 1 / 8)
    let found = problem.margins(try problem.perturb(attack).images)
    let margins = visited.map(problem.margins)
    for row in found.indices {
      #expect(abs(found[row] - margins.map { $0[row] }.max()!) < 1e-9)
    }
    #expect(zip(found, margins[10]).contains { $0 > $1 + 1e-6 })
  }

  @Test("a gradient of 0 leaves the image; one that underflows does not", arguments: 0..<6)
  func vanishing(number: Int) throws {
    let problem = try LinearProblem(count: 20)
    let threat = ThreatModel(budget: try Budget("0.1"))
    func perturb(_ scores: @escaping (Tensor) throws -> Tensor) throws -> Perturbation {
      try Self.attacks[number].perturb(
        AttackProblem(
          problem.data, scores: ScoreFunction(name: "test", scores: scores), threat: threat))
    }
    let flat = try perturb { problem.classifier.logits($0) * 0 }
    #expect(flat.images.doubles == problem.data.images.doubles)
    #expect(flat.gradients!.allSatisfy { $0.startsAtZero && $0.isFinite })

    let expected = try perturb(problem.classifier.logits)
    for scale in [1e3, 1e6, 1e12] {
      let found = try perturb { problem.classifier.logits($0) * scale }
      #expect((found.images - expected.images).magnitude.max().item < 1e-6)
      #expect(found.gradients!.allSatisfy { !$0.startsAtZero && $0.isFinite })
    }
  }

  @Test("a gradient that is no number is reported, and spoils no image", arguments: 0..<6)
  func notANumber(number: Int) throws {
    let problem = try LinearProblem(count: 20)
    let scores = ScoreFunction(name: "broken") { x in
      let logits = problem.classifier.logits(x)
      return logits / (logits * 0)
    }
    let found = try Self.attacks[number].perturb(
      AttackProblem(
        problem.data, scores: scores, threat: ThreatModel(budget: try Budget("0.1"))))
    #expect(found.images.doubles.allSatisfy { $0 >= 0 && $0 <= 1 })
    #expect(found.gradients!.allSatisfy { !$0.isFinite })
  }

  @Test("one gradient that is no number does not spoil the later ones", arguments: 0..<6)
  func passingFailure(number: Int) throws {
    let problem = try LinearProblem(count: 20)
    let threat = ThreatModel(budget: try Budget("0.1"))
    func images(failing: Bool) throws -> Tensor {
      let calls = Mutex(0)
      let scores = ScoreFunction(name: "late") { x in
        let isBroken = calls.withLock { calls in
          calls += 1
          return failing && calls == 1
        }
        let logits = problem.classifier.logits(x)
        return isBroken ? logits / (logits * 0) : logits
      }
      return try Self.attacks[number].perturb(
        AttackProblem(problem.data, scores: scores, threat: threat)
      ).images
    }
    // Nine steps are enough to get there.
    let (expected, found) = (try images(failing: false), try images(failing: true))
    #expect((found - expected).magnitude.max().item < 1e-6)
  }

  @Test("the image reached on a linear classifier, bit for bit in any batch", arguments: 0..<6)
  func linear(number: Int) throws {
    let problem = try LinearProblem(count: 30)
    let threat = ThreatModel(budget: try Budget("0.1"))
    let scores = problem.classifier.scoreFunctions[0]
    func perturb(_ data: LabelledImages) throws -> Tensor {
      try Self.attacks[number].perturb(AttackProblem(data, scores: scores, threat: threat, seed: 1))
        .images
    }
    let together = try perturb(problem.data)
    let weights = problem.classifier.weights
    let expected = problem.data.indices.flatMap { position in
      problem.image(position).indices.map { pixel in
        let uphill = problem.data.labelList[position] == 0 ? 1.0 : -1
        let slope = (weights[1][pixel] - weights[0][pixel]) * uphill
        return min(1, max(0, problem.image(position)[pixel] + (slope > 0 ? 0.1 : -0.1)))
      }
    }
    #expect(zip(together.doubles, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    let order = [29, 3, 11, 4, 0]
    let apart = try perturb(problem.data.subset(order))
    for (row, position) in order.enumerated() {
      #expect(apart[row].doubles == together[position].doubles)
    }
  }

  @Test("what VNI-FGSM draws for a sample does not depend on its batch") func batches() throws {
    // A curved score, so that neighbours matter; of elementwise operations only.
    let problem = try LinearProblem(count: 30)
    let scores = ScoreFunction(name: "curved") { x in
      twoScores(problem.classifier.logits(x * 20).sin.sliced(0..<1, along: 1))
    }
    let threat = ThreatModel(budget: try Budget("0.1"))
    let together = try VNIFGSM.paper.perturb(
      AttackProblem(problem.data, scores: scores, threat: threat, seed: 1)
    ).images
    let order = [29, 3, 11, 4, 0]
    let apart = try VNIFGSM.paper.perturb(
      AttackProblem(problem.data.subset(order), scores: scores, threat: threat, seed: 1)
    ).images
    for (row, position) in order.enumerated() {
      #expect(apart[row].doubles == together[position].doubles)
    }
  }

  @Test("PGD in L2 goes where torchattacks' formula goes") func plainL2() throws {
    let problem = try Problem()
    // pgdl2.py from the clean image.
    let (epsilon, step) = (0.3, 0.3 / 8)
    var x = problem.data.images
    func lengths(_ x: Tensor) -> Tensor {
      x.reshaped([20, -1]).norm(along: 1).reshaped([20, 1, 1, 1])
    }
    for _ in 0..<10 {
      let leaf = x.differentiable()
      let loss = crossEntropy(logits: problem.network(leaf), labels: problem.data.labels).mean()
      let g = gradient(of: loss, wrt: [leaf])[0]
      let change = x + g / (lengths(g) + 1e-10) * step - problem.data.images
      x = (problem.data.images + change * (epsilon / lengths(change)).minimum(1))
        .clamped(to: 0...1)
    }
    let found = try PGD(relativeStep: 1 / 8, startsRandomly: false, returning: .last).perturb(
      AttackProblem(
        problem.data, scores: ScoreFunction(name: "network", scores: problem.network),
        threat: ThreatModel(.l2, budget: try Budget("0.3")))
    ).images
    #expect((found - x).magnitude.max().item < 1e-6)
  }
}
