import NeuralNetworks
import Robustness
import Tensors
import Testing

/// A classifier with score functions of a part of it.
private struct SimplifiedClassifier: Classifier {
  var model: ClosureClassifier
  var surrogateScores: [ScoreFunction]

  init(_ model: ClosureClassifier, surrogate: @escaping (Tensor) throws -> Tensor) {
    self.model = model
    surrogateScores = [ScoreFunction(name: "simplified", scores: surrogate)]
  }

  var classCount: Int { model.classCount }
  var scoreFunctions: [ScoreFunction] { model.scoreFunctions }
  func logits(_ images: Tensor) throws -> Tensor { try model.logits(images) }
  func predictions(_ images: Tensor) throws -> Tensor { try model.predictions(images) }
}

@Suite("Attacks through a simplification of the model")
struct SurrogateTests {
  /// Constant scores on each side of the decision: nothing to follow.
  private static var masked: ClosureClassifier {
    ClosureClassifier([
      "logits": { twoScores((AuditTests.margin($0) * 1e6).clamped(to: -1...1).tanh) }
    ])
  }

  private func result(
    _ classifier: any Classifier, in evaluationProtocol: EvaluationProtocol = .strict
  ) throws -> EvaluationResult {
    var evaluation = try EvaluationTests.evaluation([])
    evaluation.attacks = [
      AttackPlan(
        "fgsm", reference: "a test",
        stages: [.init(FGSM()), .init(FGSM(), scores: .surrogates)])
    ]
    evaluation.evaluationProtocol = evaluationProtocol
    evaluation.batchSize = 16
    return try evaluation.run(classifier, on: AuditTests.samples()).result
  }

  @Test("A stage follows it on what the score functions leave")
  func stages() throws {
    let classifier = SimplifiedClassifier(Self.masked) { twoScores(AuditTests.margin($0)) }
    let attack = try result(classifier).threats[0].attacks[0]
    #expect(attack.scoreFunctions.map(\.name) == ["logits", "simplified"])
    #expect(attack.scoreFunctions.map(\.attacked) == [60, 60])
    #expect(attack.scoreFunctions.map(\.broken) == [0, 50])
    #expect(attack.breaks.allSatisfy { $0.scoreFunction == "simplified" })
    #expect(attack.scoreFunctions.map(\.isDecisive) == [true, false])
  }

  @Test("What fools only the simplification is not counted")
  func verified() throws {
    // Its gradient leads the images where the model is even surer.
    let classifier = SimplifiedClassifier(Self.masked) { twoScores(-AuditTests.margin($0)) }
    let threat = try result(classifier).threats[0]
    #expect(threat.attacks[0].scoreFunctions.map(\.broken) == [0, 0])
    #expect(threat.worstCase.correct == 60)
  }

  @Test("It says nothing about saturated logits")
  func audit() throws {
    let classifier = SimplifiedClassifier(Self.masked) { twoScores(AuditTests.margin($0)) }
    func verdict(_ result: EvaluationResult) -> Audit.Verdict? {
      result.audits.first { $0.name == "saturated-scores" }?.verdict
    }
    #expect(verdict(try result(classifier)) == .notApplicable)
    var two = classifier
    two.model = AuditTests.masked
    #expect(verdict(try result(two)) == .flagged)
    // As a score function of the model it would be.
    var model = Self.masked
    model.functions += classifier.surrogateScores
    #expect(verdict(try result(model)) == .flagged)
  }
}
