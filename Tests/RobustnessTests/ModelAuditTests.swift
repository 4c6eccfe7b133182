import NeuralNetworks
import Robustness
import Tensors
import Testing

extension ClosureClassifier {
  /// Without its other score functions.
  fileprivate var logitsAlone: ClosureClassifier {
    var copy = self
    copy.functions = [functions[0]]
    return copy
  }
}

/// For each audit that asks the model itself, a model made to trip it beside an honest one.
@Suite("Audits that ask the model")
struct ModelAuditTests {
  private static func verdict(
    _ rule: any AuditRule, of classifier: any Classifier,
    _ attacks: [AttackPlan] = [AttackPlan(BIM())],
    data: LabelledImages? = nil
  ) throws -> Audit {
    var evaluation = try EvaluationTests.evaluation([])
    evaluation.attacks = attacks
    evaluation.auditRules = [rule]
    return try evaluation.run(classifier, on: data ?? AuditTests.samples()).result.audits[0]
  }

  private static var honest: ClosureClassifier {
    ClosureClassifier(["logits": { twoScores(AuditTests.margin($0)) }])
  }

  @Test("gradients that are no slopes") func gradientAccuracy() throws {
    let rule = GradientAccuracy()
    #expect(try Self.verdict(rule, of: Self.honest).verdict == .passed)
    // The forward pass of one function, the gradient of its opposite.
    let lying = ClosureClassifier([
      "logits": {
        let margin = AuditTests.margin($0)
        return twoScores(margin.detached * 2 - margin)
      }
    ])
    let audit = try Self.verdict(rule, of: lying)
    #expect(audit.verdict == .flagged && audit.figure == 1)
    // A gradient 20 % too long still passes, one half too long does not.
    func stretched(_ factor: Double) -> ClosureClassifier {
      ClosureClassifier([
        "logits": {
          let margin = AuditTests.margin($0)
          return twoScores(margin * factor + margin.detached * (1 - factor))
        }
      ])
    }
    #expect(try Self.verdict(rule, of: stretched(1.2)).verdict == .passed)
    #expect(try Self.verdict(rule, of: stretched(1.5)).verdict == .flagged)
  }

  @Test("steps uphill that lead nowhere") func lossAscent() throws {
    #expect(try Self.verdict(LossAscent(), of: Self.honest).verdict == .passed)
    let audit = try Self.verdict(LossAscent(), of: AuditTests.masked)
    #expect(audit.verdict == .flagged && audit.figure == 1)
    // A peak about half the budget away: ten short steps climb it, steps of the whole budget pass it by.
    let peak = ClosureClassifier([
      "logits": { twoScores(-($0 - 0.555).squared.mean(along: 1, keeping: true)) }
    ])
    let data = try LabelledImages(
      images: .full(0.5, [8, 4]), labels: Array(repeating: 0, count: 8), classCount: 2)
    #expect(try Self.verdict(LossAscent(), of: peak, data: data).verdict == .passed)
  }

  @Test("an attack that may do anything and does not") func budgetReach() throws {
    #expect(try Self.verdict(BudgetReach(), of: Self.honest).verdict == .passed)
    // The mean of many pixels stays on its side of a random start, and no gradient leads over.
    let pixels = (0..<20).flatMap { Array(repeating: $0 < 12 ? Float(0.1) : 0.9, count: 64) }
    let data = try LabelledImages(
      images: Tensor(pixels, shape: [20, 64]), labels: (0..<20).map { $0 < 12 ? 0 : 1 },
      classCount: 2)
    let audit = try Self.verdict(BudgetReach(), of: AuditTests.masked.logitsAlone, data: data)
    #expect(audit.verdict == .flagged)
    #expect(audit.threshold == 0.6 && audit.figure == 1)
    #expect(try Self.verdict(BudgetReach(), of: AuditTests.masked, data: data).verdict == .passed)
  }

  /// Of `count` samples a white box breaks the first three.
  private static func audit(blackBoxBreaks indices: Set<Int>, of count: Int) throws -> Audit {
    let white = ScriptedAttack("white") { index, _, _ in index < 3 ? 0.06 : 0 }
    let black = ScriptedAttack("black") { index, _, _ in indices.contains(index) ? 0.06 : 0 }
    let plans = [
      AttackPlan(white),
      AttackPlan(black, scores: .others([ScriptedAttack.victim.scoreFunctions[0]])),
    ]
    return try verdict(
      BlackBoxGain(), of: ScriptedAttack.victim, plans, data: ScriptedAttack.samples(count))
  }

  @Test("only a black box breaks it") func blackBoxGain() throws {
    #expect(try Self.audit(blackBoxBreaks: [0, 1], of: 10).verdict == .passed)
    let found = try Self.audit(blackBoxBreaks: [1, 5, 6], of: 10)
    #expect(found.verdict == .flagged && found.figure == 0.2)
    #expect(
      try Self.verdict(BlackBoxGain(), of: Self.honest).verdict == .notApplicable)
  }

  /// A model with a part that an attacker may follow instead.
  private struct Simplified: Classifier {
    var model: ClosureClassifier
    var classCount: Int { 2 }
    var surrogateScores: [ScoreFunction] {
      [ScoreFunction(name: "part") { twoScores(AuditTests.margin($0)) }]
    }
    func logits(_ images: Tensor) throws -> Tensor { try model.logits(images) }
  }

  private static var through: AttackPlan {
    AttackPlan(
      "through", reference: "a test",
      stages: [.init(BIM(), scores: .logits), .init(BIM(), scores: .surrogates)])
  }

  @Test("only a surrogate breaks it") func surrogateGain() throws {
    let masked = Simplified(model: AuditTests.masked)
    let audit = try Self.verdict(SurrogateGain(), of: masked, [Self.through])
    #expect(audit.verdict == .flagged && audit.figure == 50.0 / 60)
    #expect(
      try Self.verdict(SurrogateGain(), of: Simplified(model: Self.honest), [Self.through]).verdict
        == .passed)
    #expect(try Self.verdict(SurrogateGain(), of: Self.honest).verdict == .notApplicable)
  }

  /// Within the budget are as many samples as there are levels of margin below it, on both sides of the
  /// decision: all of them break through the surrogate alone.
  @Test(
    "a few samples may be broken through other scores by chance, six may not",
    arguments: [("0.008", 4, 0), ("0.012", 6, 1), ("0.012", 6, 0)])
  func gainsByChance(budget: String, count: Int, skipped: Int) throws {
    let all = try AuditTests.samples()
    // The one of the greatest margin on the lower side that the budget reaches.
    let data = all.subset((0..<60).filter { skipped == 0 || $0 != 30 - count / 2 })
    func audit(_ rule: any AuditRule, _ classifier: any Classifier, _ plan: AttackPlan) throws
      -> Audit
    {
      var evaluation = try EvaluationTests.evaluation([], budgets: [budget])
      evaluation.attacks = [plan]
      evaluation.auditRules = [rule]
      return try evaluation.run(classifier, on: data).result.audits[0]
    }
    let found = [
      try audit(
        SurrogateGain(), Simplified(model: AuditTests.masked.logitsAlone), Self.through),
      try audit(SaturatedScores(), AuditTests.masked, AttackPlan(BIM())),
    ]
    for audit in found {
      #expect(audit.figure == Double(count - skipped) / Double(data.count))
      #expect(audit.verdict == (count - skipped < 6 ? .passed : .flagged), "\(audit.name)")
    }
  }

  @Test("a sample is unattacked if no attack had a gradient, not if one had none")
  func unattackedSurvivors() throws {
    let blind = AttackPlan(
      "blind", reference: "a test", stages: [.init(BIM(), scores: .logits)])
    let rule = UnattackedSurvivors()
    #expect(try Self.verdict(rule, of: AuditTests.masked, [blind]).figure == 1)
    #expect(try Self.verdict(rule, of: AuditTests.masked, [blind, AttackPlan(BIM())]).figure == 0)
  }

  /// On both sides of each threshold, as near as the number of samples allows.
  @Test("a black box may break one sample of 200 alone, not one of 100")
  func blackBoxThreshold() throws {
    for (count, verdict) in [(200, Audit.Verdict.passed), (100, .flagged)] {
      #expect(try Self.audit(blackBoxBreaks: [5], of: count).verdict == verdict)
    }
  }

  /// Scores that stay as they are above a margin: 3 of 60 samples, which are 5 %, or 4.
  @Test("steps uphill may lead nowhere on one sample of 20, not on more")
  func ascentThreshold() throws {
    for (limit, verdict) in [(0.108, Audit.Verdict.passed), (0.104, .flagged)] {
      let flat = ClosureClassifier([
        "logits": { twoScores(AuditTests.margin($0).clamped(to: -1...limit)) }
      ])
      #expect(try Self.verdict(LossAscent(), of: flat).verdict == verdict)
    }
  }

  /// The gradient is half too long below a margin: on 8 of the 32 samples of the probe, or on 9.
  @Test("gradients may mislead on a quarter of the samples, not on more")
  func slopeThreshold() throws {
    for (count, verdict) in [(8, Audit.Verdict.passed), (9, .flagged)] {
      let limit = (Double(count) - 30) / 250
      let lying = ClosureClassifier([
        "logits": {
          let margin = AuditTests.margin($0)
          let isLow = (margin.detached .< limit).like(margin)
          return twoScores(margin + (margin - margin.detached) * isLow * 0.5)
        }
      ])
      let audit = try Self.verdict(GradientAccuracy(), of: lying)
      #expect(audit.verdict == verdict && audit.figure == Double(count) / 32)
    }
  }

  /// Every other pass, of so many batches, adds to one logit; the direction of (1, 1) turns by half of
  /// that.
  @Test("logits may differ by rounding from pass to pass, not by more")
  func randomThreshold() throws {
    for (noise, verdict) in [(1e-4, Audit.Verdict.passed), (6e-4, .flagged)] {
      let batches = try FixedBatch.filled(AuditTests.samples().count) / FixedBatch.rows
      var calls = 0
      let moody = ClosureClassifier([
        "logits": {
          defer { calls += 1 }
          return twoScores(AuditTests.margin($0) + (calls / batches % 2 == 0 ? noise : 0)) + 1
        }
      ])
      #expect(try Self.verdict(RandomOutput(), of: moody, []).verdict == verdict)
    }
  }

  @Test("scores that nearly add up to 1 are no probabilities")
  func probabilityThreshold() throws {
    for (excess, verdict) in [(1e-6, Audit.Verdict.flagged), (1e-3, .passed)] {
      let scores = ClosureClassifier([
        "logits": { twoScores(AuditTests.margin($0)).softmax(along: 1) * (1 + excess) }
      ])
      #expect(try Self.verdict(ProbabilityOutput(), of: scores).verdict == verdict)
    }
  }

  @Test("images use a tenth of the pixel range at least")
  func rangeThreshold() throws {
    let wide = try LinearProblem(count: 20)
    let (least, greatest) = (wide.data.images.min().item, wide.data.images.max().item)
    for (range, verdict) in [(0.11, Audit.Verdict.passed), (0.09, .flagged)] {
      let narrow = try LabelledImages(
        images: (wide.data.images - least) * (range / (greatest - least)),
        labels: wide.data.labelList, classCount: 2)
      #expect(try Self.verdict(InputRange(), of: wide.classifier, data: narrow).verdict == verdict)
    }
  }

  @Test("inputs that an attack changes without a budget") func zeroBudget() throws {
    #expect(try Self.verdict(ZeroBudget(), of: Self.honest).verdict == .passed)
    // Right on the images as they came, wrong ever after.
    final class Counter { var passes = 0 }
    let counter = Counter()
    let moody = ClosureClassifier(["logits": { twoScores(AuditTests.margin($0)) }]) { images in
      counter.passes += 1
      let predictions = (AuditTests.margin(images).squeezed(1) .> 0).to(.int64)
      return counter.passes <= 20 ? predictions : predictions * -1 + 1
    }
    #expect(try Self.verdict(ZeroBudget(), of: moody, []).verdict == .flagged)
  }

  @Test("outputs that are random, or probabilities") func outputs() throws {
    #expect(try Self.verdict(RandomOutput(), of: Self.honest).verdict == .passed)
    let generator = RandomGenerator(seed: 4)
    let noisy = ClosureClassifier([
      "logits": { twoScores(AuditTests.margin($0) + generator.normal([$0.shape[0], 1]) * 0.05) }
    ])
    #expect(try Self.verdict(RandomOutput(), of: noisy, []).verdict == .flagged)

    #expect(try Self.verdict(ProbabilityOutput(), of: Self.honest).verdict == .passed)
    let softmax = ClosureClassifier([
      "logits": { twoScores(AuditTests.margin($0)).softmax(along: 1) }
    ])
    let audit = try Self.verdict(ProbabilityOutput(), of: softmax)
    #expect(audit.verdict == .flagged && audit.figure == 1)
  }

  @Test("images that were divided by 255 twice") func inputRange() throws {
    let wide = try LinearProblem(count: 20)
    #expect(try Self.verdict(InputRange(), of: wide.classifier, data: wide.data).verdict == .passed)
    let dark = try LabelledImages(
      images: wide.data.images / 255, labels: wide.data.labelList, classCount: 2)
    let audit = try Self.verdict(InputRange(), of: wide.classifier, data: dark)
    #expect(audit.verdict == .flagged && audit.figure > 0.99)
  }

  @Test("every check of the list has its audit, each of a name of its own") func complete() {
    let checks = Set(
      AuditCatalog.rules.flatMap { $0.check.split(separator: ", ").map(String.init) })
    #expect(checks == Set((1...12).map { "G\($0)" }))
    #expect(Set(AuditCatalog.rules.map(\.name)).count == AuditCatalog.rules.count)
  }
}
