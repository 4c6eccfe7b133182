import Failures
import NeuralNetworks
import Robustness
import Tensors
import Testing

/// A classifier whose decision is the sign of a margin, with other gradients than that margin's.
private struct DisguisedClassifier: Classifier {
  let classCount = 2
  /// Scores of the margin.
  let disguise: (Tensor) -> Tensor
  var surrogateScores: [ScoreFunction] = []

  static func margin(_ images: Tensor) -> Tensor {
    (images.flattened(from: 1) - 0.5).mean(along: 1, keeping: true)
  }

  /// Constant on each side: its gradient is 0.
  static var constant: DisguisedClassifier {
    DisguisedClassifier { twoScores(($0 * 1e6).clamped(to: -1...1).tanh) }
  }
  /// The values of the margin with the gradient of its opposite, as of a solver that misleads.
  static var misleading: DisguisedClassifier {
    DisguisedClassifier { twoScores(($0 * 2).detached - $0) }
  }

  init(_ disguise: @escaping (Tensor) -> Tensor) { self.disguise = disguise }

  /// With a surrogate that leads to the boundary.
  func adding(surrogate name: String) -> DisguisedClassifier {
    var result = self
    result.surrogateScores.append(
      ScoreFunction(name: name) { twoScores(Self.margin($0)) })
    return result
  }

  func logits(_ images: Tensor) -> Tensor { disguise(Self.margin(images)) }
}

@Suite("The adaptive plan, and scores it attacks")
struct AdaptivePlanTests {
  /// Images of 16 equal pixels, 0.06 to 0.09 from 0.5: all within 0.1 of the other class, and too
  /// far for chance.
  private static func samples() throws -> LabelledImages {
    let values = (0..<10).flatMap { place -> [Float] in
      let distance = 0.06 + Float(place) / 300
      return [0.5 - distance, 0.5 + distance]
    }
    let pixels = values.flatMap { [Float](repeating: $0, count: 16) }
    return try LabelledImages(
      images: Tensor(pixels, shape: [20, 1, 4, 4]), labels: values.map { $0 > 0.5 ? 1 : 0 },
      classCount: 2)
  }

  private func result(
    of plan: AttackPlan, on classifier: any Classifier, data: LabelledImages,
    _ norm: ThreatModel.Norm = .linf, budget: String = "0.1"
  ) throws -> ThreatResult {
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = [plan]
    evaluation.threats = [ThreatModel(norm, budget: try Budget(budget))]
    var left = -1
    let result = try evaluation.run(classifier, on: data) { left = $0.left }.result
    #expect(left == 0)
    return result.threats[0]
  }

  @Test("It breaks what gradients that vanish or mislead hide, through the surrogate")
  func disguises() throws {
    let data = try Self.samples()
    for classifier in [DisguisedClassifier.constant, .misleading] {
      let classifier = classifier.adding(surrogate: "plain")
      let direct = AttackPlan(PGD(steps: 100, restarts: 2))
      #expect(try result(of: direct, on: classifier, data: data).survivors.count == 20)
      let threat = try result(of: .adaptive, on: classifier, data: data)
      #expect(threat.survivors.isEmpty)
      for sample in threat.attacks[0].breaks {
        #expect(
          [sample.attack, sample.scoreFunction] == ["pgd-100", "plain"], "sample \(sample.index)")
      }
    }
  }

  @Test("MI-FGSM and VNI-FGSM go through the auxiliary head alone")
  func auxiliaryHead() throws {
    let data = try Self.samples()
    func momentum(_ classifier: DisguisedClassifier) throws -> [[String]] {
      let plan = AttackPlan(
        "momentum", reference: "a test",
        stages: AttackPlan.adaptive.stages.filter { $0.attack.name.hasSuffix("fgsm") })
      return try result(of: plan, on: classifier, data: data).attacks[0].stages.map { stage in
        [stage.attack] + stage.scoreFunctions.map { "\($0.name) \($0.isDecisive) \($0.broken)" }
      }
    }
    let other = DisguisedClassifier.constant.adding(surrogate: "plain")
    #expect(try momentum(other) == [["mi-fgsm"], ["vni-fgsm"]])
    #expect(
      try momentum(other.adding(surrogate: "auxiliary head")) == [
        ["mi-fgsm", "auxiliary head false 20"], ["vni-fgsm", "auxiliary head false 0"],
      ])
  }

  @Test("The model's own scores first, then surrogates, then FAB and Square; in L2 too")
  func stages() throws {
    let plan = AttackPlan.adaptive
    #expect(
      plan.stages.map(\.attack.name) == [
        "apgd-ce", "pgd-100-margin", "apgd-ce-at-1.0", "apgd-ce-at-10.0", "apgd-t", "pgd-100",
        "mi-fgsm", "vni-fgsm", "fab-t", "square",
      ])
    #expect(plan.norms == [.linf, .l2])
    let threat = try result(
      of: plan, on: DisguisedClassifier.constant.adding(surrogate: "plain"),
      data: Self.samples(), .l2, budget: "0.4")
    #expect(threat.survivors.isEmpty)
    #expect(
      threat.attacks[0].stages.map(\.attack) == [
        "apgd-ce", "pgd-100-margin", "apgd-ce-at-1.0", "apgd-ce-at-10.0", "apgd-t", "pgd-100",
        "fab-t", "square",
      ])
    let catalogued = try AttackCatalog.plans(named: "adaptive")
    #expect(catalogued.map(\.name) == ["adaptive"] && catalogued[0].stages.count == 10)
  }

  @Test("A plan of which no stage is defined in a norm is refused")
  func norms() throws {
    let error = #expect(throws: Failure.self) {
      try result(
        of: AttackPlan(
          "signs", reference: "a test", stages: [.init(FGSM()), .init(BIM())]),
        on: DisguisedClassifier.constant, data: Self.samples(), .l2)
    }
    #expect(error?.kind == .invalidOption)
  }

  // MARK: Rescaled scores

  @Test("Rescaled scores have one scale, the same decision and the derivative of that scale")
  func rescaled() throws {
    let weight = RandomGenerator(seed: 2).normal([4, 5])
    let scores = ScoreFunction(name: "linear") { $0.linear(weight: weight) * 1e5 }
    let images = RandomGenerator(seed: 3).normal([6, 5])
    for temperature in [0.1, 1, 10] {
      let rescaled = scores.rescaled(temperature: temperature)
      #expect(rescaled.name == "linear, rescaled, T = \(temperature)")
      let leaf = images.differentiable()
      let (found, plain) = (try rescaled.scores(leaf), try scores.scores(images))
      #expect(
        found.argMax(along: 1).integers == plain.argMax(along: 1).integers)
      for largest in found.magnitude.max(along: 1).doubles {
        #expect(abs(largest * temperature / 10 - 1) <= 1e-6)
      }
      // Of row 0's first score: the factor is a constant.
      let slope = gradient(of: found.sliced(0..<1, along: 1).sum(), wrt: [leaf])[0][0].doubles
      let factor = 10 / temperature / plain[0].magnitude.max().item * 1e5
      for (found, expected) in zip(slope, weight[0].doubles) {
        #expect(abs(found - factor * expected) <= 1e-5 * factor)
      }
    }
    let zero = ScoreFunction(name: "zero") { _ in .zeros([2, 3]) }.rescaled(temperature: 1)
    #expect(try zero.scores(images).doubles == Array(repeating: 0, count: 6))
  }

  @Test("The temperature sets the weights among wrong classes")
  func temperature() throws {
    // max |z| = 8, so rescaled scores at T = 1 are (10, 0, -5) and class 0 is true.
    let scores = ScoreFunction(name: "three") { $0 * Tensor([Float(8), 0, -4]) }
    let images = Tensor.ones([1, 3])
    for temperature in [0.5, 1, 10] {
      let values = try scores.rescaled(temperature: temperature).scores(images)
      let direction = CrossEntropyLoss().derivative(values, labels: Tensor([Int64(0)])).direction
      let ratio = direction.doubles[2] / direction.doubles[1]
      #expect(abs(Tensor([ratio]).log.item + 5 / temperature) <= 1e-5 * 5 / temperature)
    }
  }

  @Test("A stage on rescaled scores takes the ones that do not saturate, as the model's own")
  func rescaledStage() throws {
    let problem = try LinearProblem(count: 30)
    let classifier = ClosureClassifier([
      "logits": { problem.classifier.logits($0) * 0 }, "plain": { problem.classifier.logits($0) },
    ])
    let data = try LabelledImages(
      images: problem.data.images, labels: Array(repeating: 0, count: 30), classCount: 2)
    let plan = AttackPlan(
      "rescaled", reference: "a test", stages: [.init(FGSM(), scores: .rescaled(temperature: 2))])
    let stage = try result(of: plan, on: classifier, data: data).attacks[0].stages[0]
    #expect(stage.scoreFunctions.map(\.name) == ["plain, rescaled, T = 2.0"])
    #expect(stage.scoreFunctions.map(\.isDecisive) == [true])
  }

  // MARK: Transfer

  @Test("A transfer from a twin breaks what can be broken; from an opposite, nothing")
  func transfer() throws {
    let problem = try LinearProblem()
    let exact = problem.data.indices.filter {
      problem.classifier.worstMargin(
        problem.image($0), label: problem.data.labels.integers[$0], epsilon: 0.1) > 0
    }
    func transferred(_ scale: Double) throws -> ThreatResult {
      let plan = AttackPlan.transfer(
        from: "twin",
        scores: ScoreFunction(name: "twin's") { problem.classifier.logits($0) * scale })
      #expect(plan.name == "transfer:twin" && plan.norms == [.linf, .l2])
      return try result(of: plan, on: problem.classifier, data: problem.data)
    }
    let twin = try transferred(3)
    #expect(twin.survivors == exact && exact.count > 0 && exact.count < 100)
    let stages = twin.attacks[0].stages
    #expect(stages.map(\.attack) == ["pgd-100", "mi-fgsm", "vni-fgsm"])
    #expect(stages[2].parameters["neighbours"] == "20")
    for function in twin.attacks[0].scoreFunctions {
      #expect(function.name == "twin's" && !function.isDecisive)
    }
    #expect(try transferred(-1).survivors.count == 100)
  }
}
