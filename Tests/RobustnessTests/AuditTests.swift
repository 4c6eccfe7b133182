import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("Audits find evaluations that are too good to be true")
struct AuditTests {
  /// The margin of class 1: the mean pixel minus 0.5.
  static func margin(_ images: Tensor) -> Tensor {
    (images - 0.5).mean(along: 1, keeping: true)
  }

  /// 60 images of 4 equal pixels on both sides of 0.5, at most 0.12 away.
  static func samples() throws -> LabelledImages {
    let values = (0..<60).map { 0.5 + (Float($0) - 29.5) / 250 }
    return try LabelledImages(
      images: Tensor(values.flatMap { [$0, $0, $0, $0] }, shape: [60, 4]),
      labels: values.map { $0 > 0.5 ? 1 : 0 }, classCount: 2)
  }

  /// The decision of the margin behind scores that are constant on each side of it.
  static var masked: ClosureClassifier {
    ClosureClassifier([
      "logits": { twoScores((margin($0) * 1e6).clamped(to: -1...1).tanh) },
      "surrogate": { twoScores(margin($0)) },
    ])
  }

  func result(
    _ classifier: any Classifier, _ attacks: [any Attack] = [FGSM(), BIM(), PGD()],
    budgets: [String] = ["0.1"], in evaluationProtocol: EvaluationProtocol = .strict,
    data: LabelledImages? = nil
  ) throws -> EvaluationResult {
    var evaluation = try EvaluationTests.evaluation(attacks, budgets: budgets)
    evaluation.evaluationProtocol = evaluationProtocol
    evaluation.batchSize = 16
    return try evaluation.run(classifier, on: data ?? Self.samples()).result
  }

  func verdict(_ name: String, of result: EvaluationResult) -> Audit.Verdict? {
    result.audits.first { $0.name == name }?.verdict
  }

  @Test("a classifier that hides its gradient is broken through its surrogate, and flagged")
  func maskedClassifier() throws {
    let strict = try result(Self.masked)
    // Every sample but those farther than 0.1 from the decision: 10 of 60.
    #expect(strict.threats[0].worstCase.correct == 10)
    #expect(verdict("zero-gradients", of: strict) == .flagged)
    #expect(verdict("saturated-scores", of: strict) == .flagged)
    #expect(strict.threats[0].attacks[0].scoreFunctions.map(\.broken) == [0, 50])
    #expect(strict.threats[0].attacks[0].scoreFunctions.map(\.zeroGradients) == [60, 0])
    #expect(verdict("unattacked-survivors", of: strict) == .passed)

    // The logits alone leave (nearly) everything standing, and the audit says why.
    let paper = try result(Self.masked, [FGSM(), BIM.paper], in: .paper)
    #expect(paper.threats[0].worstCase.correct == 60)
    #expect(verdict("zero-gradients", of: paper) == .flagged)
    #expect(verdict("unattacked-survivors", of: paper) == .flagged)
    #expect(verdict("saturated-scores", of: paper) == .notApplicable)
    #expect(paper.threats[0].attacks[0].unattacked.count == 60)
  }

  @Test("an honest classifier passes everything") func honest() throws {
    let honest = ClosureClassifier(["logits": { twoScores(Self.margin($0)) }])
    let result = try result(honest, budgets: ["8/255", "0.1"])
    #expect(result.threats[1].worstCase.correct == 10)
    #expect(!result.isFlagged)
    #expect(result.audits.count == AuditCatalog.rules.count)
  }

  @Test("a sample whose gradient is not a number is never counted as robust") func nonFinite()
    throws
  {
    // The root of m + |m| is 0 at m < 0, and its derivative ∞ - ∞.
    let rooted = ClosureClassifier([
      "logits": {
        twoScores((Self.margin($0) + Self.margin($0).magnitude).squareRoot + Self.margin($0))
      }
    ])
    let result = try result(rooted, [FGSM()])
    let threat = result.threats[0]
    #expect(result.clean.correct == 60)
    #expect(threat.unresolved == Array(0..<30))
    #expect(threat.worstCase.correct == 5)
    #expect(threat.attacks[0].accuracy.correct == 5)
    #expect(threat.survivors == Array(55..<60))
    #expect(threat.attacks[0].scoreFunctions[0].nonFiniteGradients == 30)
    #expect(verdict("non-finite-gradients", of: result) == .flagged)
  }

  @Test("scores that do not depend on the image have gradient 0") func constantScores() throws {
    let constant = ClosureClassifier(["logits": { Tensor.zeros([$0.shape[0], 2]) }]) {
      (Self.margin($0).squeezed(1) .> 0).to(.int64)
    }
    let result = try result(constant, [FGSM()])
    #expect(result.threats[0].attacks[0].unattacked.count == 60)
    #expect(verdict("unattacked-survivors", of: result) == .flagged)
  }

  @Test("a stronger attack that leaves more is flagged, within chance it is not")
  func attackOrder() throws {
    func order(weakBreaks: Int, strongBreaks: Int, of count: Int = 100) throws -> Audit {
      let weak = ScriptedAttack("weak") { index, _, _ in index < weakBreaks ? 0.1 : 0 }
      let strong = ScriptedAttack("strong", steps: 10) { index, _, _ in
        index < strongBreaks ? 0.1 : 0
      }
      let result = try result(
        ScriptedAttack.victim, [strong, weak], data: ScriptedAttack.samples(count))
      return result.audits.first { $0.name == "attack-order" }!
    }
    let wrong = try order(weakBreaks: 20, strongBreaks: 5)
    #expect(wrong.verdict == .flagged)
    #expect(wrong.figure == 0.15)
    #expect(try order(weakBreaks: 20, strongBreaks: 16).verdict == .passed)
    #expect(try order(weakBreaks: 5, strongBreaks: 20).verdict == .passed)
    // Six samples alone are beyond chance, five are not.
    #expect(try order(weakBreaks: 16, strongBreaks: 10, of: 200).verdict == .flagged)
    #expect(try order(weakBreaks: 15, strongBreaks: 10, of: 200).verdict == .passed)
  }

  @Test("what an attack could not decide it does not leave correct") func unresolvedOrder() throws {
    let weak = ScriptedAttack("weak", lost: 0..<20) { _, _, _ in 0 }
    let strong = ScriptedAttack("strong", steps: 10) { _, _, _ in 0 }
    let result = try result(
      ScriptedAttack.victim, [strong, weak], data: ScriptedAttack.samples(100))
    let audit = try #require(result.audits.first { $0.name == "attack-order" })
    #expect(audit.verdict == .flagged && audit.figure == 0.2)
  }

  @Test("a larger budget that leaves more is flagged") func budgetOrder() throws {
    // The bump of the wrong class is narrow: a step of 0.3 jumps over it.
    let bumpy = ClosureClassifier([
      "logits": { twoScores(0.02 - (Self.margin($0) - 0.05).magnitude) }
    ])
    let images = Tensor.full(0.5, [30, 4])
    let data = try LabelledImages(
      images: images, labels: Array(repeating: 0, count: 30), classCount: 2)
    let flagged = try result(bumpy, [FGSM()], budgets: ["0.05", "0.3"], data: data)
    #expect(flagged.threats.map(\.attacks[0].accuracy.correct) == [0, 30])
    // What breaks under the smaller budget is allowed under the larger one.
    #expect(flagged.threats.map(\.worstCase.correct) == [0, 0])
    #expect(verdict("budget-order", of: flagged) == .flagged)
    let repaired = try result(bumpy, [PGD(steps: 40)], budgets: ["0.05", "0.3"], data: data)
    #expect(verdict("budget-order", of: repaired) == .passed)
  }

  @Test("predictions that depend on the batch are flagged") func batchDependence() throws {
    let dependent = ClosureClassifier([
      "logits": { twoScores(Self.margin($0) - Self.margin($0).mean()) }
    ])
    #expect(verdict("batch-dependence", of: try result(dependent, [FGSM()])) == .flagged)
    // All samples in one batch, and a score that grows with the place in it.
    let placed = ClosureClassifier([
      "logits": { images in
        let rows = Tensor.range(images.shape[0], dtype: .float32).unsqueezed(1)
        return twoScores(Self.margin(images) + (rows - 4.5) * 0.01)
      }
    ])
    let few = try Self.samples().subset(Array(25..<35))
    #expect(
      verdict("batch-dependence", of: try result(placed, [FGSM()], data: few)) == .flagged)
  }
}
