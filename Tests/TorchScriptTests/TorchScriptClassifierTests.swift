import Failures
import NeuralNetworks
import Robustness
import Tensors
import Testing

@testable import TorchScript

@Suite struct TorchScriptClassifierTests {
  private let weights = Tensor(
    [1.0, -2, 0.5, 3, -1, 0.25, 2, -0.5, 1.5, 0.75, -3, 1], shape: [4, 3]
  ).to(.float32)

  @Test("A program's logits and their gradient are those of its formula, in any number of rows")
  func valuesAndGradients() throws {
    let model = try Programs.classifier(Programs.linear)
    #expect(model.classCount == 3)
    // Its weights are constants.
    #expect(model.parameterCount == 12)
    for count in [1, 7, 64] {
      let leaf = Programs.images.sliced(0..<count).differentiable()
      let scores = try withGradients { try model.logits(leaf) }
      let expected = leaf.detached.reshaped([count, 4]).matmul(weights)
      #expect((scores - expected).magnitude.max().item < 1e-5)
      let slope = gradient(of: (scores * scores).sum(), wrt: [leaf])[0]
      let known = (expected * 2).matmul(weights.transposed).reshaped([count, 1, 2, 2])
      #expect((slope - known).magnitude.max().item < 1e-4)
    }
  }

  @Test("Range and normalisation are inside, so that images stay in [0, 1]")
  func preparation() throws {
    let preparation = InputPreparation(
      black: -1, white: 3, normalization: InputNormalization(mean: [0.5], deviation: [0.25]))
    let model = try Programs.classifier(Programs.linear, preparation: preparation)
    let given = Programs.images.sliced(0..<5)
    let prepared = (given * 4 - 1 - 0.5) / 0.25
    let expected = prepared.reshaped([5, 4]).matmul(weights)
    #expect(try (model.logits(given) - expected).magnitude.max().item < 1e-4)
  }

  @Test("A program that depends on how images lie in memory keeps the layout that it was made for")
  func layout() throws {
    #expect(try Programs.classifier(Programs.linear).isChannelsLast)
    let body = "return self.matrix(x.flatten(1)) * float(x.stride(1))"
    #expect(try !Programs.classifier(body).isChannelsLast)
  }

  @Test(
    "A convolution and its ReLU are one step with the same logits and gradients", arguments: [1, 8])
  func fusion(channels: Int) throws {
    let generator = RandomGenerator(seed: 3)
    let weight = generator.normal([4, channels, 3, 3])
    let images = generator.uniform([70, channels, 7, 7], in: 0..<1)
    let writer = TorchScriptWriter()
    try writer.record("maps", at: images.sliced(0..<2), count: 1) {
      [$0.convolved(weight: weight, stride: 2, padding: 1)]
    }
    // Methods may call each other to any depth; what the second ReLU takes has another use and stays.
    try writer.define(
      """
      def block(self, x: Tensor):
          return torch.relu(self.maps(x))
      def forward(self, x: Tensor):
          second = self.maps(x * x)
          return (self.block(x) + torch.relu(second) * second).sum((2, 3))
      """)
    let model = try TorchScriptClassifier(
      bytes: writer.bytes, path: "net.pt", preparation: InputPreparation(), trying: images,
      device: .cpu)
    #expect(model.fusedSteps == 1)
    func formula(_ x: Tensor) -> Tensor {
      let (first, second) = (
        x.convolved(weight: weight, stride: 2, padding: 1),
        (x * x).convolved(weight: weight, stride: 2, padding: 1)
      )
      return (first.maximum(0) + second.maximum(0) * second).sum(along: 2, 3)
    }
    func answers(_ scores: (Tensor) throws -> Tensor) throws -> [Tensor] {
      let leaf = images.differentiable()
      let result = try withGradients { try scores(leaf) }
      return [result.detached, gradient(of: (result * result).sum(), wrt: [leaf])[0]]
    }
    for (found, expected) in zip(try answers(model.logits), try answers(formula)) {
      #expect((found - expected).norm.item < 1e-5 * expected.norm.item)
    }
  }

  @Test("A program that answers at random is taken as it is")
  func randomPrograms() throws {
    #expect(try Programs.classifier(Programs.linear).fusedSteps == 0)
    let body = "return self.matrix(x.flatten(1)) * torch.rand([x.shape[0], 3])"
    #expect(try Programs.classifier(body).fusedSteps == nil)
  }

  @Test("The attacks of the catalog find what is there to be found in a linear program")
  func attacks() throws {
    let model = try Programs.classifier(Programs.linear)
    let images = Programs.images
    let labels = try model.predictions(images).integers
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = [AttackPlan(FGSM()), .autoAttack]
    evaluation.threats = [ThreatModel(budget: try Budget("0.3"))]
    let data = try LabelledImages(images: images, labels: labels, classCount: 3)
    let result = try evaluation.run(model, on: data).result
    // Of a linear model: a margin m = w·x falls by ε Σ|w| at most, away from the ends of [0, 1].
    let scores = images.reshaped([70, 4]).matmul(weights)
    let held = (0..<70).filter { row in
      let x = images[row].doubles
      return (0..<3).filter { $0 != labels[row] }.allSatisfy { other in
        let w = (0..<4).map { weights[$0].doubles[labels[row]] - weights[$0].doubles[other] }
        let fall = zip(w, x).map { slope, pixel in
          slope > 0 ? slope * min(0.3, pixel) : -slope * min(0.3, 1 - pixel)
        }
        let margin = scores[row].doubles[labels[row]] - scores[row].doubles[other]
        return margin - fall.reduce(0, +) > 1e-5
      }
    }
    #expect(!held.isEmpty && held.count < 70)
    #expect(Set(result.threats[0].survivors) == Set(held))
    #expect(result.audits.allSatisfy { $0.verdict != .flagged || $0.check == "G3" })
  }

  @Test(
    "What is no classifier is refused in one line that says why",
    arguments: [
      ("return (self.matrix(x.flatten(1)), x)", "found a tuple of 2."),
      ("return self.matrix(x.flatten(1)).argmax(1)", "found a tensor of Long."),
      ("return self.matrix(x.flatten(1)).to(5)", "found a tensor of Half."),
      ("return self.matrix(x.flatten(1)).detach()", "found ones that are cut off from them."),
      (
        "return self.matrix(x.flatten(1)).round().detach() + 0 * x.sum().detach()",
        "found ones that are cut off"
      ),
      ("return torch.rand(x.size(0), 3)", "found ones that are cut off"),
      ("return self.matrix(x.flatten(1)) * (0.0 / x.sum()) / 0", "infinite ones or NaN"),
      ("return self.matrix(x.flatten(1))[:, 0]", "found [1] for [1, 1, 2, 2]"),
      ("return self.matrix(x.flatten(1))[:, :1]", "torch.stack((-z, z), 1)"),
      ("return self.matrix(x.flatten(1)).sum(0, True)", "logits of shape [1, 3] for 7 images"),
      ("return self.matrix(x.view(1, 4))", "fails on 7"),
      ("return self.matrix(x)", "a failure: "),
      ("return {'a': x}", "found a GenericDict"),
    ])
  func unsuitable(body: String, found: String) throws {
    let error = try #require(throws: Failure.self) { try Programs.classifier(body) }
    #expect(error.kind == .unsuitable)
    #expect("\(error)".contains(found), "\(error)")
    #expect(!"\(error)".contains("\n"))
  }

  @Test("A program of two inputs, and one of another number of channels")
  func inputs() throws {
    #expect(throws: Failure.self) {
      try Programs.classifier("return x + y", signature: "x: Tensor, y: Tensor")
    }
    let preparation = InputPreparation(
      normalization: InputNormalization(mean: [0, 0, 0], deviation: [1, 1, 1]))
    let error = try #require(throws: Failure.self) {
      try Programs.classifier(Programs.linear, preparation: preparation)
    }
    #expect("\(error)".contains("1 channel, found 3."), "\(error)")
  }

  @Test(
    "A program that reads or writes files is not loaded",
    arguments: [
      "torch.save(x, \"stolen\")\nreturn self.matrix(x.flatten(1))",
      "return self.matrix(x.flatten(1)) + torch.from_file(\"made\", True, 3)",
    ])
  func files(body: String) throws {
    // Written by a process whose operators are whole: here they are gone once anything was loaded.
    _ = try Programs.classifier(Programs.linear)
    #expect(throws: TorchScriptRecordingError.self) { try Programs.file(body) }
  }
}
