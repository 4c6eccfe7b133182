import Failures
import Foundation
import NeuralNetworks
import Robustness
import Synchronization
import Tensors
import Testing

/// Says beforehand which sample breaks when; images are (index / 100, push), and a push above 0.05
/// is another class.
final class ScriptedAttack: Attack {
  struct Call: Hashable, Sendable {
    let scores: String
    let attempt: Int
    let indices: [Int]
  }

  let name: String
  let steps: Int
  let restarts: Int
  let reference = "a test"
  let parameters: [String: String] = [:]
  let norms: Set<ThreatModel.Norm> = [.linf]
  /// The samples whose gradient is not a number.
  let lost: Range<Int>
  let script: @Sendable (_ index: Int, _ scores: String, _ attempt: Int) -> Double
  let calls = Mutex<[Call]>([])

  init(
    _ name: String = "scripted", steps: Int = 1, attempts: Int = 1, lost: Range<Int> = 0..<0,
    script: @escaping @Sendable (Int, String, Int) -> Double
  ) {
    self.name = name
    self.steps = steps
    restarts = attempts
    self.lost = lost
    self.script = script
  }

  func attempts(classCount: Int) -> Int { restarts }

  func perturb(_ problem: AttackProblem) -> Perturbation {
    let (samples, scores) = (problem.samples, problem.scores.name)
    for attempt in Set(problem.attempts).sorted() {
      let indices = zip(samples.indices, problem.attempts).filter { $0.1 == attempt }.map(\.0)
      calls.withLock { $0.append(Call(scores: scores, attempt: attempt, indices: indices)) }
    }
    let pushes: [Float] = zip(samples.indices, problem.attempts).flatMap {
      [0, Float(script($0, scores, $1))]
    }
    return Perturbation(
      images: samples.images + Tensor(pushes, shape: [samples.count, 2]),
      gradients: lost.isEmpty
        ? nil
        : samples.indices.map {
          GradientHealth(startsAtZero: false, isFinite: !lost.contains($0))
        })
  }

  /// The classifier to attack: two score functions of no meaning, predictions by the push.
  static var victim: ClosureClassifier {
    ClosureClassifier(["logits": { $0 }, "surrogate": { $0 }]) {
      ($0.sliced(1..<2, along: 1).squeezed(1) .> 0.05).to(.int64)
    }
  }

  /// Samples 0 ..< count, all of class 0 but the first `wrong`, which the victim gets wrong.
  static func samples(_ count: Int, wrong: Int = 0) throws -> LabelledImages {
    let pixels: [Float] = (0..<count).flatMap { index -> [Float] in [Float(index) / 1000, 0] }
    return try LabelledImages(
      images: Tensor(pixels, shape: [count, 2]), labels: (0..<count).map { $0 < wrong ? 1 : 0 },
      classCount: 2)
  }
}

@Suite("The evaluation keeps its books")
struct EvaluationTests {
  static func evaluation(_ attacks: [any Attack], budgets: [String] = ["0.1"]) throws
    -> RobustnessEvaluation
  {
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = attacks.map { AttackPlan($0) }
    evaluation.threats = try budgets.map { ThreatModel(budget: try Budget($0)) }
    evaluation.batchSize = 3
    return evaluation
  }

  @Test("who broke which sample, on survivors only") func bookkeeping() throws {
    // Sample 0 is wrong clean; 1 and 2 break through the logits at the first attempt, 3 at the
    // second, 4 through the surrogate; 5 to 9 hold.
    let first = ScriptedAttack("first", steps: 2, attempts: 2) { index, scores, attempt in
      switch (scores, attempt) {
      case ("logits", 0): index == 1 || index == 2 ? 0.1 : 0
      case ("logits", 1): index == 3 ? 0.1 : 0
      case ("surrogate", 0): index == 4 ? 0.09 : 0
      default: 0
      }
    }
    let second = ScriptedAttack("second") { index, _, _ in index == 4 || index == 9 ? 0.1 : 0 }
    let outcome = try Self.evaluation([first, second])
      .run(ScriptedAttack.victim, on: ScriptedAttack.samples(10, wrong: 1))
    let result = outcome.result
    #expect(result.clean == Accuracy(correct: 9, count: 10))

    let threat = result.threats[0]
    #expect(threat.survivors == [5, 6, 7, 8])
    #expect(threat.worstCase == Accuracy(correct: 4, count: 10))
    #expect(threat.brokenIndices == [1, 2, 3, 4, 9])
    #expect(threat.attacks.map(\.accuracy.correct) == [5, 7])

    let breaks = threat.attacks[0].breaks
    #expect(breaks.map(\.index) == [1, 2, 3, 4])
    #expect(breaks.map(\.attempt) == [0, 0, 1, 0])
    #expect(breaks.map(\.scoreFunction) == ["logits", "logits", "logits", "surrogate"])
    #expect(breaks.allSatisfy { $0.label == 0 && $0.prediction == 1 })
    #expect(abs(breaks[3].distance - 0.09) < 1e-6)
    #expect(threat.attacks[0].scoreFunctions.map(\.attacked) == [9, 6])
    #expect(threat.attacks[0].scoreFunctions.map(\.broken) == [3, 1])

    let calls = first.calls.withLock { $0 }
    func attacked(_ scores: String, _ attempt: Int) -> [Int] {
      calls.filter { $0.scores == scores && $0.attempt == attempt }.flatMap(\.indices)
    }
    #expect(attacked("logits", 0) == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(attacked("logits", 1) == [3, 4, 5, 6, 7, 8, 9])
    #expect(attacked("surrogate", 0) == [4, 5, 6, 7, 8, 9])
    #expect(attacked("surrogate", 1) == [5, 6, 7, 8, 9])
    #expect(calls.allSatisfy { $0.indices.count <= 3 })
    // The second attack runs on all clean-correct samples, so that its figure means something.
    let again = second.calls.withLock { $0 }.filter { $0.scores == "logits" }.flatMap(\.indices)
    #expect(again == [1, 2, 3, 4, 5, 6, 7, 8, 9])
  }

  @Test("adversarial examples are kept once for each sample, with what broke it") func examples()
    throws
  {
    let first = ScriptedAttack("first") { index, _, _ in index == 2 ? 0.08 : 0 }
    let second = ScriptedAttack("second") { index, _, _ in index <= 2 ? 0.1 : 0 }
    let data = try ScriptedAttack.samples(5)
    let outcome = try Self.evaluation([first, second]).run(ScriptedAttack.victim, on: data)
    let examples = outcome.examples[0]
    #expect(examples.entries.map(\.attack) == ["second", "second", "first"])
    #expect(examples.entries.map(\.sample.index) == [0, 1, 2])
    #expect(examples.images?.shape == [3, 2])
    let verifier = ExampleVerifier(ScriptedAttack.victim, threat: examples.threat)
    let verdicts = try verifier.verdicts(on: examples.images!, originals: data.subset([0, 1, 2]))
    for case .broken(let prediction, _) in verdicts { #expect(prediction == 1) }
    #expect(verdicts.count == 3)
  }

  @Test(
    "images that are not allowed break nothing and are flagged",
    arguments: [0.11, -0.05, Double.nan])
  func infeasible(push: Double) throws {
    let attack = ScriptedAttack { index, _, _ in index == 0 ? push : 0 }
    let result = try Self.evaluation([attack])
      .run(ScriptedAttack.victim, on: ScriptedAttack.samples(4)).result
    #expect(result.threats[0].worstCase.correct == 4)
    #expect(result.threats[0].attacks[0].scoreFunctions.map(\.infeasible) == [1, 1])
    #expect(result.audits.first { $0.name == "infeasible-examples" }?.verdict == .flagged)
  }

  @Test("the result does not depend on batch size or order") func batches() throws {
    let problem = try LinearProblem()
    var evaluation = try Self.evaluation([FGSM(), PGD.paper], budgets: ["8/255", "0.1"])
    evaluation.corruptions = try CorruptionCatalog.corruptions(named: "all")
    evaluation.batchSize = 7
    let small = try evaluation.run(problem.classifier, on: problem.data)
    evaluation.batchSize = 64
    let large = try evaluation.run(problem.classifier, on: problem.data)
    #expect(small.result.threats == large.result.threats)
    #expect(small.result.corruptions == large.result.corruptions)
    let order = problem.data.indices.reversed().map { $0 }
    let reversed = try evaluation.run(problem.classifier, on: problem.data.subset(order))
    #expect(reversed.result.threats[1].attacks == large.result.threats[1].attacks)
    #expect(
      reversed.examples[1].images!.scalars(as: Float.self)
        == small.examples[1].images!.scalars(as: Float.self))
  }

  @Test("the paper's protocol attacks the logits alone and predicts by them") func paper() throws {
    let attack = ScriptedAttack { _, _, _ in 0 }
    var evaluation = try Self.evaluation([attack])
    evaluation.evaluationProtocol = .paper
    // The largest logit of (index / 1000, 0) is class 0; the victim's own prediction is not asked.
    let victim = ClosureClassifier(["logits": { $0 }, "surrogate": { $0 }]) { _ in
      fatalError("not the paper's prediction")
    }
    let result = try evaluation.run(victim, on: ScriptedAttack.samples(3)).result
    #expect(result.clean.correct == 3)
    #expect(result.threats[0].attacks[0].scoreFunctions.map(\.name) == ["logits"])
  }

  @Test("later attempts share batches, to the result of one after the other")
  func sideBySide() throws {
    // Attempt a breaks sample a, and every attempt from then on.
    let attack = ScriptedAttack(attempts: 6) { index, _, attempt in attempt >= index ? 0.1 : 0 }
    var evaluation = try Self.evaluation([attack])
    evaluation.batchSize = 24
    let victim = ClosureClassifier(["logits": { $0 }]) {
      ($0.sliced(1..<2, along: 1).squeezed(1) .> 0.05).to(.int64)
    }
    let result = try evaluation.run(victim, on: ScriptedAttack.samples(9)).result
    let found = result.threats[0].attacks[0]
    #expect(found.breaks.map(\.index) == [0, 1, 2, 3, 4, 5])
    #expect(found.breaks.map(\.attempt) == [0, 1, 2, 3, 4, 5])
    #expect(found.scoreFunctions[0].attacked == 9 && found.scoreFunctions[0].broken == 6)
    let calls = attack.calls.withLock { $0 }
    // The first alone, then three at once on 8 samples, and the last two on the rest.
    #expect(calls.map(\.attempt) == [0, 1, 2, 3, 4, 5])
    #expect(calls.map(\.indices.count) == [9, 8, 8, 8, 5, 5])
  }

  @Test("progress grows to its total, whatever breaks early") func progress() throws {
    let attack = ScriptedAttack(steps: 5, attempts: 3) { index, _, _ in index < 4 ? 0.1 : 0 }
    var evaluation = try Self.evaluation([attack, BIM()], budgets: ["0.1", "0.2"])
    evaluation.corruptions = try CorruptionCatalog.corruptions(named: "shot-noise")
    var seen: [EvaluationProgress] = []
    _ = try evaluation.run(ScriptedAttack.victim, on: ScriptedAttack.samples(10, wrong: 2)) {
      seen.append($0)
    }
    #expect(Set(seen.map(\.total)) == [10 * (5 + 2 * 2)])
    #expect(Set(seen.map(\.unit)) == ["images x (corruptions + attacks x budgets)"])
    #expect(seen.map(\.settled) == seen.map(\.settled).sorted())
    #expect(seen.map(\.share) == seen.map(\.share).sorted())
    let last = try #require(seen.last)
    #expect(last.left == 0 && last.share == 1 && last.secondsLeft == 0 && last.activity == nil)
    // What is at work, and on how many images: two are wrong clean, four break at once.
    let scripted = seen.compactMap(\.activity).filter { $0.name == "scripted" }
    #expect(scripted.allSatisfy { $0.threat != nil })
    #expect(seen.first?.activity?.name == "clean images")
  }

  @Test("progress can stop the evaluation") func stopping() throws {
    struct Stop: Error {}
    let evaluation = try Self.evaluation([FGSM()])
    #expect(throws: Stop.self) {
      try evaluation.run(ScriptedAttack.victim, on: ScriptedAttack.samples(10)) { progress in
        if progress.activity?.name == "fgsm" { throw Stop() }
      }
    }
  }

  @Test("a limit takes the first samples") func limit() throws {
    var evaluation = RobustnessEvaluation()
    evaluation.limit = 4
    evaluation.auditRules = evaluation.auditRules.filter { $0.name != "input-range" }
    let result = try evaluation.run(ScriptedAttack.victim, on: ScriptedAttack.samples(10)).result
    #expect(result.indices == [0, 1, 2, 3])
    #expect(result.threats.isEmpty)
    #expect(!result.isFlagged)
  }

  @Test("a result is read back from its JSON") func coding() throws {
    let problem = try LinearProblem(count: 20)
    var evaluation = try Self.evaluation([FGSM(), PGD()])
    evaluation.corruptions = try CorruptionCatalog.corruptions(named: "all")
    let result = try evaluation.run(problem.classifier, on: problem.data).result
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try encoder.encode(result)
    #expect(try JSONDecoder().decode(EvaluationResult.self, from: json) == result)
    let text = String(decoding: json, as: UTF8.self)
    #expect(text.contains("\"schemaVersion\":2"))
    #expect(text.contains("\"budget\":\"0.1\""))
    #expect(text.contains("\"protocol\":\"strict\""))
  }

  @Test("two models are compared sample by sample") func comparison() throws {
    func result(broken: Int) throws -> EvaluationResult {
      let attack = ScriptedAttack { index, _, _ in index < broken ? 0.1 : 0 }
      return try Self.evaluation([attack])
        .run(ScriptedAttack.victim, on: ScriptedAttack.samples(30)).result
    }
    let threat = ThreatModel(budget: try Budget("0.1"))
    let paired = try result(broken: 10).compared(to: result(broken: 4), under: threat)
    #expect(paired == PairedComparison(onlyFirst: 0, onlySecond: 6, count: 30))
    #expect(throws: Failure.self) {
      try result(broken: 1).compared(
        to: result(broken: 1), under: ThreatModel(budget: try Budget("0.2")))
    }
  }
}
