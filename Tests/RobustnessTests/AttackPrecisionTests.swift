import NeuralNetworks
import Robustness
import Synchronization
import Tensors
import Testing

@Suite("Attacks that look in lower precision")
struct AttackPrecisionTests {
  /// A linear classifier that in mixed precision takes every class for the other one.
  private final class Reversed: Classifier {
    let problem: LinearProblem
    let mixedPredictions = Mutex(0), mixedScores = Mutex(0)

    init() throws { problem = try LinearProblem(count: 40) }

    var classCount: Int { 2 }

    func logits(_ images: Tensor) -> Tensor {
      guard MixedPrecision.isOn else { return problem.classifier.logits(images) }
      mixedScores.withLock { $0 += 1 }
      return -problem.classifier.logits(images)
    }

    func predictions(_ images: Tensor) throws -> Tensor {
      if MixedPrecision.isOn { mixedPredictions.withLock { $0 += 1 } }
      return logits(images).argMax(along: 1)
    }
  }

  private func result(
    _ attack: any Attack, of classifier: Reversed, _ precision: AttackPrecision
  ) throws -> ThreatResult {
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = [AttackPlan(attack)]
    evaluation.threats = [ThreatModel(budget: try Budget("0.1"))]
    evaluation.auditRules = []
    evaluation.attackPrecision = precision
    return try evaluation.run(classifier, on: classifier.problem.data).result.threats[0]
  }

  @Test(
    "What fools lower precision alone counts for nothing, and is attacked anew",
    arguments: [PGD() as any Attack, APGD.crossEntropy])
  func verified(_ attack: any Attack) throws {
    let full = try result(attack, of: Reversed(), .full)
    let classifier = try Reversed()
    let mixed = try result(attack, of: classifier, .mixed)
    #expect(classifier.mixedScores.withLock { $0 } > 0)
    #expect(classifier.mixedPredictions.withLock { $0 } == 0)
    #expect((1..<40).contains(full.survivors.count))
    #expect(mixed.survivors == full.survivors)
    #expect(mixed.attacks[0].breaks == full.attacks[0].breaks)
    #expect(mixed.attacks[0].stages[0].parameters["precision"] == "mixed")
    #expect(full.attacks[0].stages[0].parameters["precision"] == nil)
  }

  @Test("Without instructions for bfloat16 a processor looks in full precision")
  func available() {
    #expect(AttackPrecision.mixed.available(on: .cpu, with: .none) == .full)
    #expect(AttackPrecision.mixed.available(on: .cpu, with: .vectors) == .mixed)
    #expect(AttackPrecision.mixed.available(on: .cuda(0), with: .none) == .mixed)
    #expect(AttackPrecision.full.available(on: .cpu, with: .matrices) == .full)
  }
}
