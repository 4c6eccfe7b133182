import Robustness
import Synchronization
import Tensors
import Testing

/// A journal in memory that can refuse to go on.
private final class MemoryJournal: EvaluationJournal {
  struct Full: Error {}
  var notes: [String: [Int: SampleOutcome]] = [:]
  var room = Int.max

  func outcomes(of unit: String) -> [Int: SampleOutcome] { notes[unit] ?? [:] }

  func record(_ outcomes: [SampleOutcome], of unit: String) throws {
    guard room > 0 else { throw Full() }
    room -= 1
    for outcome in outcomes { notes[unit, default: [:]][outcome.index] = outcome }
  }
}

@Suite("Cascades, budgets and journals")
struct CascadeTests {
  private static func attack(_ name: String, breaks indices: Set<Int>) -> ScriptedAttack {
    ScriptedAttack(name) { index, _, _ in indices.contains(index) ? 0.06 : 0 }
  }

  private func attacked(_ attack: ScriptedAttack) -> [Int] {
    attack.calls.withLock { $0 }.filter { $0.scores == "logits" }.flatMap(\.indices)
  }

  @Test("a cascade spends nothing on what is broken already") func cascade() throws {
    let (first, second) = (
      Self.attack("first", breaks: [1, 2]), Self.attack("second", breaks: [2, 3])
    )
    var evaluation = try EvaluationTests.evaluation([first, second], budgets: ["0.2", "0.1"])
    evaluation.isCascade = true
    let result = try evaluation.run(ScriptedAttack.victim, on: ScriptedAttack.samples(6)).result
    #expect(attacked(first) == [0, 1, 2, 3, 4, 5, 0, 4, 5])
    #expect(attacked(second) == [0, 3, 4, 5, 0, 4, 5])
    #expect(result.threats.map(\.threat.epsilon) == [0.1, 0.2])
    #expect(result.threats.map(\.worstCase.correct) == [3, 3])
    #expect(result.threats.map(\.inherited) == [[], [1, 2, 3]])
    #expect(result.threats[0].attacks.map(\.accuracy.correct) == [4, 3])
    #expect(result.isCascade)
  }

  @Test("what breaks under a smaller budget counts under a larger one") func inherited() throws {
    let narrow = ScriptedAttack("narrow") { index, _, _ in index == 0 ? 0.06 : 0 }
    var evaluation = try EvaluationTests.evaluation([narrow], budgets: ["0.06"])
    // Under the larger budget it moves too far, so it breaks nothing that is allowed.
    let far = ScriptedAttack("far") { index, _, _ in index == 1 ? 0.3 : 0 }
    evaluation.attacks = [AttackPlan(narrow), AttackPlan(far)]
    evaluation.threats.append(ThreatModel(budget: try Budget("0.4")))
    let result = try evaluation.run(ScriptedAttack.victim, on: ScriptedAttack.samples(4)).result
    #expect(result.threats.map(\.brokenIndices) == [[0], [0, 1]])
    #expect(result.threats[1].inherited.isEmpty)
    #expect(result.threats.map(\.survivors) == [[1, 2, 3], [2, 3]])
  }

  @Test("stages attack what the stages before them left") func stages() throws {
    let (first, second) = (
      Self.attack("first", breaks: [1, 2]), Self.attack("second", breaks: [0, 1])
    )
    var evaluation = try EvaluationTests.evaluation([])
    evaluation.attacks = [
      AttackPlan(
        "both", reference: "a test",
        stages: [.init(first, scores: .logits), .init(second, scores: .unsaturated)])
    ]
    let attack = try evaluation.run(ScriptedAttack.victim, on: ScriptedAttack.samples(5)).result
      .threats[0].attacks[0]
    #expect(attacked(first) == [0, 1, 2, 3, 4])
    #expect(second.calls.withLock { $0 }.flatMap(\.indices) == [0, 3, 4])
    #expect(second.calls.withLock { $0 }.allSatisfy { $0.scores == "surrogate" })
    #expect(attack.stages.map(\.attack) == ["first", "second"])
    #expect(attack.breaks.map(\.attack) == ["second", "first", "first"])
    #expect(attack.accuracy.correct == 2 && attack.effort == 2)
  }

  @Test("other models' gradients are a black box") func others() throws {
    var evaluation = try EvaluationTests.evaluation([])
    let other = ScriptedAttack.victim.scoreFunctions[0]
    evaluation.attacks = [
      AttackPlan(Self.attack("transfer", breaks: [0]), scores: .others([other])),
      AttackPlan(Self.attack("direct", breaks: [1])),
    ]
    let attacks = try evaluation.run(ScriptedAttack.victim, on: ScriptedAttack.samples(5)).result
      .threats[0].attacks
    #expect(attacks.map(\.isBlackBox) == [true, false])
    #expect(attacks[0].scoreFunctions.map(\.isDecisive) == [false])
  }

  @Test("an evaluation that stops anywhere goes on to the same result", arguments: 0..<12)
  func journal(room: Int) throws {
    let problem = try LinearProblem(count: 20)
    func evaluation(_ journal: MemoryJournal, batchSize: Int) throws -> RobustnessEvaluation {
      var evaluation = try EvaluationTests.evaluation([FGSM(), PGD(restarts: 2)])
      evaluation.corruptions = try CorruptionCatalog.corruptions(named: "shot-noise")
      evaluation.batchSize = batchSize
      evaluation.journal = journal
      return evaluation
    }
    let whole = try evaluation(MemoryJournal(), batchSize: 7).run(
      problem.classifier, on: problem.data)
    let journal = MemoryJournal()
    journal.room = room * 2
    let stopped = #expect(throws: MemoryJournal.Full.self) {
      try evaluation(journal, batchSize: 7).run(problem.classifier, on: problem.data)
    }
    #expect(stopped != nil)
    journal.room = .max
    let resumed = try evaluation(journal, batchSize: 5).run(problem.classifier, on: problem.data)
    #expect(resumed.result.threats == whole.result.threats)
    #expect(resumed.result.corruptions == whole.result.corruptions)
    #expect(
      resumed.examples[0].images?.scalars(as: Float.self)
        == whole.examples[0].images?.scalars(as: Float.self))
  }

  @Test("what is noted is not computed again, and progress still ends at its total")
  func nothingTwice() throws {
    let journal = MemoryJournal()
    var left: [Int] = []
    for turn in 0..<2 {
      let attack = Self.attack("scripted", breaks: [3])
      var evaluation = try EvaluationTests.evaluation([attack])
      evaluation.journal = journal
      _ = try evaluation.run(ScriptedAttack.victim, on: ScriptedAttack.samples(8)) {
        left.append($0.left)
      }
      #expect(attack.calls.withLock { $0.isEmpty } == (turn == 1))
      #expect(left.last == 0)
    }
  }

  @Test("a random classifier is fooled only by what fools it every time") func verifications()
    throws
  {
    // Wrong in every other pass.
    final class Coin { var isHeads = false }
    let coin = Coin()
    let random = ClosureClassifier(["logits": { $0 }]) { images in
      coin.isHeads.toggle()
      return Tensor.full(coin.isHeads ? 0 : 1, [images.shape[0]]).to(.int64)
    }
    let data = try ScriptedAttack.samples(2)
    let threat = ThreatModel(budget: try Budget("0.1"))
    func count(_ repetitions: Int) throws -> Int {
      coin.isHeads = true
      return try ExampleVerifier(random, threat: threat, repetitions: repetitions)
        .verdicts(on: data.images, originals: data)
        .count { if case .broken = $0 { true } else { false } }
    }
    #expect(try count(1) == 2)
    #expect(try count(2) == 0)
  }
}
