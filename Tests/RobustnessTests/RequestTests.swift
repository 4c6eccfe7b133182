import Robustness
import Tensors
import Testing

@Suite("Mistakes in a request are named before anything runs")
struct RequestTests {
  @Test("images out of [0, 1], labels that are no class, counts that differ") func data() throws {
    func found(_ images: Tensor, _ labels: [Int], indices: [Int]? = nil) -> String? {
      #expect(throws: RobustnessError.self) {
        try LabelledImages(images: images, labels: labels, indices: indices, classCount: 2)
      }?.found
    }
    let grey = Tensor.full(0.5, [2, 3])
    #expect(
      found(Tensor([0, 1, 0, 0, 0, 2] as [Float], shape: [2, 3]), [0, 1]) == "2.0 in sample 1")
    #expect(found(grey - 1, [0, 1]) == "-0.5 in sample 0")
    #expect(found(.full(.nan, [1, 3]), [0]) == "nan in sample 0")
    #expect(found(grey, [0, 2]) == "label 2 of sample 1")
    #expect(found(grey, [0]) == "1 labels and 2 indices")
    #expect(found(grey, [0, 1], indices: [4, 4]) == "an index that repeats")
    #expect(found(.zeros([0, 3]), []) == "float32 [0, 3]")
  }

  @Test("settings that do not go together") func settings() throws {
    let data = try ScriptedAttack.samples(2)
    func kind(_ change: (inout RobustnessEvaluation) throws -> Void) throws -> RobustnessError.Kind?
    {
      var evaluation = RobustnessEvaluation()
      evaluation.attacks = [AttackPlan(FGSM())]
      evaluation.threats = [ThreatModel(budget: try Budget("0.1"))]
      try change(&evaluation)
      return #expect(throws: RobustnessError.self) {
        try evaluation.run(ScriptedAttack.victim, on: data)
      }?.kind
    }
    #expect(try kind { $0.batchSize = 0 } == .invalidOption)
    #expect(try kind { $0.limit = 0 } == .invalidOption)
    #expect(try kind { $0.threats = [] } == .invalidOption)
    #expect(
      try kind { $0.attacks = [AttackPlan(PGD()), AttackPlan(PGD(steps: 20))] } == .invalidOption)
    #expect(
      try kind { $0.threats = [ThreatModel(.l2, budget: try Budget("0.1"))] } == .invalidOption)
  }
}
