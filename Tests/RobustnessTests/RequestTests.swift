import Failures
import Robustness
import Tensors
import Testing

@Suite("Mistakes in a request are named before anything runs")
struct RequestTests {
  @Test("images out of [0, 1], labels that are no class, counts that differ") func data() throws {
    func found(_ images: Tensor, _ labels: [Int], indices: [Int]? = nil) -> String? {
      #expect(throws: Failure.self) {
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

  @Test(
    "one rounding of float32 beyond [0, 1] is put onto the end, more is refused",
    arguments: [DType.float32, .float64])
  func rounding(dtype: DType) throws {
    func images(_ pixels: [Double]) throws -> LabelledImages {
      try LabelledImages(
        images: Tensor(pixels, shape: [1, pixels.count]).to(dtype), labels: [0], classCount: 2)
    }
    let ulp = 0x1p-23
    let near = try images([1 + ulp, 1.000_000_1, -ulp, -1e-7, 0.25]).images
    #expect(near.doubles == [1, 1, 0, 0, 0.25])
    #expect(near.dtype == dtype)
    for (pixels, remedy) in [
      ([1 + 2 * ulp], "Bring pixels into [0, 1]"), ([-2 * ulp], "They look normalised"),
      ([0, 0.5, 254], "Divide 8-bit images by 255"), ([-2.1, 2.6], "They look normalised"),
      ([.nan, 255], "some of their pixels are no numbers"), ([.infinity], "are no numbers"),
    ] {
      let error = #expect(throws: Failure.self) { try images(pixels) }
      #expect(error?.kind == .unsuitable)
      #expect(error?.remedy.contains(remedy) == true, "\(pixels): \(error?.remedy ?? "")")
    }
  }

  @Test("of images that are checked one by one, what is far out stays what it is")
  func farOut() {
    let pixels = PixelRange(Tensor([1.000_000_1, 0.5, -0.25, 1] as [Double], shape: [2, 2]))
    #expect(pixels.images.doubles == [1, 0.5, -0.25, 1])
    #expect(pixels.fault?.position == 1 && pixels.fault?.pixel == -0.25)
    #expect(PixelRange(.zeros([0, 2])).fault == nil)
  }

  @Test("settings that do not go together") func settings() throws {
    let data = try ScriptedAttack.samples(2)
    func kind(_ change: (inout RobustnessEvaluation) throws -> Void) throws -> Failure.Kind? {
      var evaluation = RobustnessEvaluation()
      evaluation.attacks = [AttackPlan(FGSM())]
      evaluation.threats = [ThreatModel(budget: try Budget("0.1"))]
      try change(&evaluation)
      return #expect(throws: Failure.self) {
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
