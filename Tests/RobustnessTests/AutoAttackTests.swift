import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("AutoAttack")
struct AutoAttackTests {
  @Test("the ensembles are the published ones") func stages() throws {
    func names(_ plan: AttackPlan) -> [String] { plan.stages.map(\.attack.name) }
    #expect(names(.autoAttack) == ["apgd-ce", "apgd-t", "fab-t", "square"])
    #expect(
      names(.autoAttackPlus) == ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"])
    #expect(names(.autoAttackRand) == ["apgd-ce", "apgd-dlr"])
    #expect(names(.autoAttackInTorchattacks) == names(.autoAttack))
    for plan in [
      AttackPlan.autoAttack, .autoAttackPlus, .autoAttackRand, .autoAttackInTorchattacks,
    ] {
      #expect(plan.norms == [.linf, .l2])
      for stage in plan.stages {
        guard case .logits = stage.scores else {
          Issue.record("\(stage.attack.name) works on \(stage.scores)")
          continue
        }
      }
    }
  }

  @Test("their settings are the published ones") func settings() throws {
    func settings(_ plan: AttackPlan, _ key: String) -> [String] {
      plan.stages.map { $0.attack.parameters[key] ?? "-" }
    }
    func attempts(_ plan: AttackPlan, _ classCount: Int) -> [Int] {
      plan.stages.map { $0.attack.attempts(classCount: classCount) }
    }
    #expect(settings(.autoAttack, "steps") == ["100", "100", "100", "-"])
    #expect(settings(.autoAttack, "queries").last == "5000")
    #expect(settings(.autoAttack, "p").last == "0.8")
    #expect(settings(.autoAttack, "schedule").last == "fixed")
    #expect(attempts(.autoAttack, 100) == [1, 9, 9, 1])
    #expect(attempts(.autoAttack, 2) == [1, 1, 1, 1])
    #expect(attempts(.autoAttackPlus, 10) == [5, 5, 5, 1, 9, 9])
    #expect(settings(.autoAttackPlus, "targets") == ["-", "-", "nearest", "-", "-", "9"])
    #expect(settings(.autoAttackRand, "draws") == ["20", "20"])
    #expect(settings(.autoAttackRand, "steps") == ["100", "100"])
    #expect(attempts(.autoAttackRand, 10) == [1, 1])
    #expect(settings(.autoAttackInTorchattacks, "steps") == ["10", "10", "10", "-"])
    #expect(settings(.autoAttackInTorchattacks, "schedule").last == "rescaled")
    #expect(attempts(.autoAttackInTorchattacks, 100) == [1, 99, 99, 1])
  }

  @Test("each attack of the catalog is the one of its name") func catalog() throws {
    let names = [
      "fab", "fab-t", "square", "square-20000x3", "spsa", "random", "autoattack",
      "autoattack-plus", "autoattack-rand", "autoattack-torchattacks",
    ]
    let plans = try AttackCatalog.plans(named: names.joined(separator: ","))
    #expect(plans.map(\.name) == names)
    #expect(plans.prefix(6).map(\.stages[0].attack.name) == Array(names.prefix(6)))
    #expect(plans.prefix(4).map { $0.stages[0].attack.attempts(classCount: 10) } == [5, 9, 1, 3])
    #expect(plans[3].stages[0].attack.parameters["queries"] == "20000")
    #expect(plans[4].stages[0].attack.parameters["directions"] == "128")
    #expect(plans[5].stages[0].attack.steps == 10_000)
  }

  @Test("on a linear classifier AutoAttack breaks exactly what can be broken")
  func linear() throws {
    let problem = try LinearProblem(count: 30)
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = [.autoAttack]
    evaluation.threats = [ThreatModel(budget: try Budget("0.1"))]
    let result = try evaluation.run(problem.classifier, on: problem.data).result
    let exact = problem.data.indices.filter {
      problem.classifier.worstMargin(
        problem.image($0), label: result.labels[$0], epsilon: 0.1) > 0
    }
    #expect(result.threats[0].survivors == exact)
    #expect(exact.count > 3 && exact.count < 27)
    let stages = result.threats[0].attacks[0].stages
    #expect(stages.map { !$0.isBlackBox } == [true, true, true, false])
    // Each on the survivors of those before it.
    #expect(
      stages.map { $0.scoreFunctions[0].attacked }[1...] == [exact.count, exact.count, exact.count])
    #expect(stages.map { $0.scoreFunctions[0].infeasible } == [0, 0, 0, 0])
  }

  @Test("on points a plan goes without what needs images") func points() throws {
    let problem = try LinearProblem(count: 8)
    let points = try LabelledImages(
      images: problem.data.images.flattened(from: 1), labels: problem.data.labelList,
      classCount: 2)
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = [.autoAttack]
    evaluation.threats = [ThreatModel(budget: try Budget("0.1"))]
    let attack = try evaluation.run(problem.classifier, on: points).result.threats[0].attacks[0]
    #expect(attack.stages.map(\.attack) == ["apgd-ce", "apgd-t", "fab-t"])
  }

  @Test("what hides its gradient is found by Square") func masked() throws {
    let problem = try LinearProblem(count: 30)
    let classifier = ClosureClassifier([
      "logits": { problem.classifier.logits(($0 * 25).floor / 25) }
    ])
    let labels = try classifier.predictions(problem.data.images).integers
    let data = try LabelledImages(images: problem.data.images, labels: labels, classCount: 2)
    var evaluation = RobustnessEvaluation()
    let quick = AttackPlan.autoAttack.stages.map(\.attack).map { attack in
      attack.name == "square" ? Square(queries: 200) : attack
    }
    evaluation.attacks = [
      AttackPlan(
        "quick", reference: "", stages: quick.map { AttackPlan.Stage($0, scores: .logits) })
    ]
    evaluation.threats = [ThreatModel(budget: try Budget("0.2"))]
    let stages = try evaluation.run(classifier, on: data).result.threats[0].attacks[0].stages
    let broken = stages.map { $0.scoreFunctions[0].broken }
    #expect(broken[2] == 0 && broken[3] > 5)
    #expect(stages[2].scoreFunctions[0].zeroGradients == stages[2].scoreFunctions[0].attacked)
  }
}
