import Failures
import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("Adversarial training: losses")
struct AdversarialLossTests {
  private let trades: TRADES
  private let mart: MART

  init() throws {
    let epsilon = try Budget("0.1")
    trades = TRADES(epsilon: epsilon, stepSize: epsilon)
    mart = MART(epsilon: epsilon, stepSize: epsilon)
  }

  // Five samples of four classes; some are confident, some wrong, some both.
  static let clean: [Double] = [
    2, -1, 0.5, 0.25, -3, 4, 0, 1.5, 0.1, 0.2, 0.3, -0.4, 12, -20, 1, 3, 1, 1.5, -0.5, 0,
  ]
  static let perturbed: [Double] = [
    1, 0, 0.75, -0.5, -1, 1, 2.5, 0.5, 0.3, -0.1, 0.2, 0, -15, 25, 3, 2, 2, 0.5, 0.25, -1,
  ]
  static let labels: [Int64] = [0, 1, 3, 0, 2]

  private func scores(_ values: [Double]) -> Tensor { Tensor(values, shape: [5, 4]) }

  private func terms(
    _ objective: any AdversarialObjective, _ clean: Tensor, _ perturbed: Tensor, _ labels: Tensor
  ) throws -> AdversarialTerms {
    guard case .terms(let terms) = objective.outerLoss else { throw Missing() }
    return terms(clean, perturbed, labels)
  }
  private struct Missing: Error {}

  @Test("TRADES is the published loss: values and gradients of PyTorch in float64")
  func goldenTRADES() throws {
    let leaves = [scores(Self.clean), scores(Self.perturbed)].map { $0.differentiable() }
    let labels = Tensor(Self.labels)
    let found = try terms(trades, leaves[0], leaves[1], labels)
    #expect(found.classification == nil && found.weight == 6)
    #expect(abs(found.robustness.item - 8.43465477515129) < 1e-13)
    let total = crossEntropy(logits: leaves[0], labels: labels).mean() + found.robustness * 6
    #expect(abs(total.item - 51.610096861261546) < 1e-12)
    let slopes = gradient(of: total, wrt: leaves)
    #expect(abs(slopes[0].norm.item - 0.8958169999299985) < 1e-13)
    #expect(abs(slopes[1].norm.item - 2.2346955485729048) < 1e-13)
    let second = [
      0.025101191817707525, -0.8967931280222987, 0.8441837671682914, 0.027508169036300146,
    ]
    #expect(zip(slopes[1][1].doubles, second).allSatisfy { abs($0 - $1) < 1e-14 })
  }

  @Test("MART is the published loss: values and gradients of PyTorch in float64")
  func goldenMART() throws {
    let leaves = [scores(Self.clean), scores(Self.perturbed)].map { $0.differentiable() }
    let found = try terms(mart, leaves[0], leaves[1], Tensor(Self.labels))
    #expect(found.weight == 5)
    let classification = try #require(found.classification)
    #expect(abs(classification.item - 11.744891743772303) < 1e-12)
    // Within what the second 10⁻¹² changes.
    #expect(abs(found.robustness.item - 0.13094463336753698) < 1e-11)
    let slopes = gradient(of: classification + found.robustness * 5, wrt: leaves)
    #expect(abs(slopes[0].norm.item - 0.5523584081760546) < 1e-10)
    #expect(abs(slopes[1].norm.item - 1.0094797616447322) < 1e-10)
    let second = [
      -0.004912586527033182, -0.319266547928305, 0.3527110110265359, -0.028531876571197705,
    ]
    #expect(zip(slopes[1][1].doubles, second).allSatisfy { abs($0 - $1) < 1e-10 })
  }

  @Test("Where nothing moves the regularisers are 0 exactly, and flat", arguments: [1.0, 10, 60])
  func zero(scale: Double) {
    for seed in 0..<20 as Range<UInt64> {
      for dtype in [DType.float32, .float64] {
        let scores = (RandomGenerator(seed: seed).normal([8, 6]) * scale).to(dtype)
        let labels = Tensor((0..<8).map { Int64($0 % 6) })
        let leaves = [scores, scores].map { $0.differentiable() }
        let trades = TRADES.divergence(clean: leaves[0], perturbed: leaves[1])
        #expect(trades.doubles.allSatisfy { $0 == 0 })
        let rounding = dtype == .float32 ? 1e-6 : 1e-14
        for slope in gradient(of: trades.sum(), wrt: leaves) {
          #expect(slope.magnitude.max().item < rounding)
        }
        let mart = MART.weightedDivergence(clean: leaves[0], perturbed: leaves[0], labels: labels)
        #expect(mart.doubles.allSatisfy { $0 == 0 })
        let slope = gradient(of: mart.sum(), wrt: [leaves[0]])[0]
        #expect(slope.magnitude.max().item < Swift.max(rounding, 1e-11))
      }
    }
  }

  @Test("They agree with their formulas, sample by sample")
  func formulas() {
    for seed in 0..<20 as Range<UInt64> {
      let generator = RandomGenerator(seed: seed)
      let classCount = 2 + Int(seed % 4)
      let clean = generator.normal([6, classCount], dtype: .float64) * 2
      let perturbed = clean + generator.normal([6, classCount], dtype: .float64)
      let labels = (0..<6).map { $0 % classCount }
      let divergences = TRADES.divergence(clean: clean, perturbed: perturbed).doubles
      let targets = Tensor(labels.map(Int64.init))
      let boosted = MART.boostedCrossEntropy(perturbed, labels: targets).doubles
      let weighted = MART.weightedDivergence(
        clean: clean, perturbed: perturbed, labels: targets
      ).doubles
      for (row, label) in labels.enumerated() {
        let p = clean[row].softmax(along: 0).doubles
        let q = perturbed[row].softmax(along: 0).doubles
        let divergence = zip(p, q).reduce(0) {
          $0 + $1.0 * Tensor($1.0 / $1.1, dtype: .float64).log.item
        }
        let rival = q.indices.filter { $0 != label }.map { q[$0] }.max()!
        let loss = -Tensor(q[label] * (1.0001 - rival + 1e-12), dtype: .float64).log.item
        #expect(abs(divergences[row] - divergence) < 1e-12)
        #expect(abs(weighted[row] - divergence * (1 - p[label])) < 1e-6)
        #expect(abs(boosted[row] - loss) < 1e-10)
      }
    }
  }

  @Test("Confident mistakes have finite losses in float32, and gradients that correct them")
  func confident() {
    let clean = Tensor([60.0, 0, 0, -60] as [Float], shape: [2, 2]).differentiable()
    let perturbed = Tensor([-60.0, 0, 0, 60] as [Float], shape: [2, 2]).differentiable()
    let labels = Tensor([0, 0] as [Int64])
    let loss = MART.boostedCrossEntropy(perturbed, labels: labels)
    #expect(loss.isFinite.all().item == 1)
    #expect(gradient(of: loss.sum(), wrt: [perturbed])[0][0].doubles[0] < -0.5)
    let divergence = TRADES.divergence(clean: clean, perturbed: perturbed)
    #expect(abs(divergence.doubles[0] - 60) < 1e-3)
    #expect(gradient(of: divergence.sum(), wrt: [perturbed])[0][0].doubles[0] < -0.5)
  }
}

@Suite("Adversarial training: inner maximisation")
struct InnerMaximizationTests {
  /// Objectives whose steps reach every corner of the ball from every start.
  private func objectives(_ epsilon: String) throws -> [any AdversarialObjective] {
    let (radius, step) = (try Budget(epsilon), try Budget("0.05"))
    return [
      PGDAdversarialTraining(epsilon: radius, stepSize: step),
      TRADES(epsilon: radius, stepSize: step), MART(epsilon: radius, stepSize: step),
    ]
  }

  private func perturbed(
    _ objective: any AdversarialObjective, _ problem: LinearProblem, seed: UInt64 = 0,
    step: Int = 0
  ) throws -> Tensor {
    try objective.maximization.perturbed(
      problem.data, against: problem.classifier, seed: seed, step: step)
  }

  @Test(
    "A large cross entropy on a linear classifier is the worst case",
    arguments: 0..<5 as Range<UInt64>)
  func worstCase(seed: UInt64) throws {
    let problem = try LinearProblem(seed: seed)
    let labels = problem.data.labels.integers
    for objective in [try objectives("0.1")[0], try objectives("0.1")[2]] {
      let images = try perturbed(objective, problem, seed: seed)
      let scores = problem.classifier.logits(images)
      for (row, label) in labels.enumerated() {
        let found = scores[row].doubles
        let worst = problem.classifier.worstMargin(
          problem.image(row), label: label, epsilon: 0.1)
        #expect(abs(found[label] - found[1 - label] - worst) < 1e-5)
      }
    }
  }

  @Test(
    "A large divergence on a linear classifier is at one of the two extreme corners",
    arguments: [1.0, 100, 1e4])
  func extremeCorner(scale: Double) throws {
    let problem = try LinearProblem(range: 0.2..<0.8)
    // Scaled by 100, most probabilities are 0 or 1 in float32.
    let classifier = LinearClassifier(
      weights: problem.classifier.weights.map { $0.map { $0 * scale } },
      biases: problem.classifier.biases.map { $0 * scale })
    let images = try objectives("0.1")[1].maximization.perturbed(
      problem.data, against: classifier, seed: 0, step: 0)
    let slope = zip(classifier.weights[0], classifier.weights[1]).map { $0 - $1 }
    for row in 0..<problem.data.count {
      let change = zip(images[row].doubles, problem.image(row)).map { $0 - $1 }
      let side: Double = change[0] * slope[0] > 0 ? 1 : -1
      for (found, slope) in zip(change, slope) {
        #expect(abs(found - (slope > 0 ? 0.1 : -0.1) * side) < 1e-6)
      }
    }
  }

  @Test("What happens to a sample depends on seed, step and its index, not on its place")
  func order() throws {
    let problem = try LinearProblem(count: 20)
    for objective in try objectives("0.3") {
      // One short step, so that the start is still to be seen.
      let settings = objective.maximization
      let maximization = InnerMaximization(
        loss: settings.loss, start: settings.start, epsilon: settings.epsilon,
        stepSize: try Budget("0.001"), steps: 1)
      func run(_ data: LabelledImages, seed: UInt64 = 5, step: Int = 7) throws -> Tensor {
        try maximization.perturbed(data, against: problem.classifier, seed: seed, step: step)
      }
      let whole = try run(problem.data)
      #expect(try run(problem.data).bytes == whole.bytes)
      let positions = [17, 3, 4, 11]
      let part = try run(problem.data.subset(positions))
      for (row, position) in positions.enumerated() {
        #expect(part[row].bytes == whole[position].bytes)
      }
      #expect(try run(problem.data, seed: 6).bytes != whole.bytes)
      #expect(try run(problem.data, step: 8).bytes != whole.bytes)
      #expect(whole[0].bytes != whole[1].bytes)
    }
  }

  @Test(
    "Perturbed images stay within the budget and in [0, 1]", arguments: ["0.05", "8/255", "0.3"])
  func allowed(epsilon: String) throws {
    let problem = try LinearProblem()
    let threat = ThreatModel(budget: try Budget(epsilon))
    for objective in try objectives(epsilon) {
      let images = try perturbed(objective, problem)
      #expect(((images .>= 0) .& (images .<= 1)).all().item == 1)
      let distances = threat.distances(from: problem.data.images, to: images)
      #expect(distances.allSatisfy { $0 <= threat.epsilon + 1e-7 })
      #expect(distances.contains { $0 > threat.epsilon * 0.99 })
      #expect(!images.requiresGradient)
    }
  }
}

@Suite("Adversarial training: settings")
struct AdversarialSettingsTests {
  private func settings(_ change: (inout AdversarialSettings) -> Void) -> AdversarialSettings {
    var settings = AdversarialSettings()
    change(&settings)
    return settings
  }

  @Test("Each name makes its objective, with the published settings")
  func catalog() throws {
    #expect(AdversarialObjectiveCatalog.entries.map(\.name) == ["pgd-at", "trades", "mart"])
    #expect(try AdversarialObjectiveCatalog.objective(AdversarialSettings()) == nil)
    for entry in AdversarialObjectiveCatalog.entries {
      let found = try AdversarialObjectiveCatalog.objective(settings { $0.objective = entry.name })
      let objective = try #require(found)
      #expect(type(of: objective).name == entry.name)
      #expect(!type(of: objective).reference.isEmpty && !entry.summary.contains("\n"))
      let maximization = objective.maximization
      #expect(maximization.steps == 10)
      #expect(maximization.epsilon == (try Budget("8/255")))
      #expect(maximization.stepSize == (try Budget("2/255")))
      #expect(maximization.start == (entry.name == "pgd-at" ? .uniform : .normal))
      #expect(maximization.loss == (entry.name == "trades" ? .divergence : .crossEntropy))
    }
    let trades = try AdversarialObjectiveCatalog.objective(
      settings {
        $0.objective = "trades"
        $0.start = .uniform
        $0.beta = 2
        $0.steps = 3
      })
    #expect(trades?.maximization.start == .uniform && trades?.maximization.steps == 3)
    #expect((trades as? TRADES)?.weight == 2)
  }

  @Test("An unknown name is refused with those that there are")
  func unknown() {
    let error = #expect(throws: Failure.self) {
      try AdversarialObjectiveCatalog.objective(settings { $0.objective = "trade" })
    }
    #expect(error?.kind == .unknownName)
    #expect(error?.expected == "one of none, pgd-at, trades, mart")
  }

  @Test("Wrong values name the setting, whatever the objective")
  func wrong() {
    let mistakes: [(String, Failure.Kind, AdversarialSettings)] = [
      ("epsilon", .invalidOption, settings { $0.epsilon = "8" }),
      ("epsilon", .invalidOption, settings { $0.epsilon = "0" }),
      ("stepSize", .invalidOption, settings { $0.stepSize = "two" }),
      ("stepSize", .invalidOption, settings { $0.stepSize = "0/255" }),
      ("steps", .invalidOption, settings { $0.steps = 0 }),
      ("beta", .invalidOption, settings { $0.beta = -1 }),
      ("lambda", .invalidOption, settings { $0.lambda = .nan }),
    ]
    for (key, kind, settings) in mistakes {
      let error = #expect(throws: Failure.self) {
        try AdversarialObjectiveCatalog.objective(settings)
      }
      #expect(error?.location == key && error?.kind == kind)
    }
  }
}
