import Evaluations
import Methods
import NeuralNetworks
import Robustness
import Tensors
import Testing

/// What is kept or compared of a model is the same to the bit in whatever batch a sample comes.
@Suite("Independence of the batch")
struct BatchIndependenceTests {
  static let names = MethodCatalog.all.map { $0.name }
  private static let input = ModelInput(shape: [1, 8, 8], classCount: 10)

  private func model(
    _ name: String, input: ModelInput = input, dtype: DType = .float32
  ) throws -> any TrainedClassifier {
    func build<M: Methods.Method>(_ method: M.Type) throws -> any TrainedClassifier {
      try M.build(
        M.defaults(for: input), input: input, generator: RandomGenerator(seed: 3), dtype: dtype,
        device: .cpu
      ).trained()
    }
    let method = try #require(MethodCatalog.all.first { $0.name == name })
    return try build(method)
  }

  private func images(_ count: Int, dtype: DType = .float32) -> Tensor {
    RandomGenerator(seed: 1).uniform([count] + Self.input.shape, dtype: dtype)
  }

  @Test("Outputs of every method are those of any other batch, order and number", arguments: names)
  func outputs(_ name: String) throws {
    let model = try model(name)
    let images = images(128)
    let whole = try Prediction.outputs(of: model, on: images)
    #expect(whole["predictions"]?.shape == [128])
    func agree(_ positions: [Int]) throws {
      let indices = Tensor(positions.map(Int64.init))
      let part = try Prediction.outputs(of: model, on: images.selecting(indices))
      #expect(part.keys == whole.keys)
      for (output, tensor) in part {
        #expect(
          tensor.bytes == whole[output]!.selecting(indices).bytes,
          "\(output) of \(positions.count) images")
      }
    }
    try agree([41])
    try agree([5, 4])
    try agree([90, 1, 17, 33, 34, 2, 64])
    try agree(Array((0..<128).reversed()))
  }

  @Test(
    "So are derivatives", arguments: ["zubov-net", "proj-node", "resnet18"])
  func derivatives(_ name: String) throws {
    let model = try model(name)
    let images = images(70)
    func slopes(_ images: Tensor) throws -> Tensor {
      let leaf = images.differentiable()
      let scores = try model.inFixedBatches.scoreFunctions.last!.scores(leaf)
      return gradient(of: scores.squared.sum(), wrt: [leaf])[0]
    }
    let whole = try slopes(images)
    for range in [0..<1, 31..<33, 40..<70] {
      #expect(try slopes(images.sliced(range)).bytes == whole.sliced(range).bytes)
    }
  }

  @Test("Other classes and widths than multiples of what vectors hold", arguments: [2, 3, 7])
  func oddWidths(_ count: Int) throws {
    for dtype in [DType.float32, .float64] {
      let input = ModelInput(shape: [2], classCount: count)
      for name in ["zubov-net", "lyanet", "neural-ode"] {
        let model = try model(name, input: input, dtype: dtype)
        let points = RandomGenerator(seed: 2).uniform([40, 2], dtype: dtype)
        let whole = try Prediction.outputs(of: model, on: points)
        for range in [0..<1, 7..<20] {
          let part = try Prediction.outputs(of: model, on: points.sliced(range))
          for (output, tensor) in part {
            #expect(
              tensor.bytes == whole[output]!.sliced(range).bytes, "\(name) \(output) \(dtype)")
          }
        }
      }
    }
  }

  @Test(
    "An evaluation is that of any batch size, order and sharing",
    arguments: ["zubov-net", "resnet18"])
  func evaluation(_ name: String) throws {
    let model = try model(name)
    let images = images(36)
    let labels = try model.inFixedBatches.predictions(images).integers
    let data = try LabelledImages(images: images, labels: labels, classCount: 10)
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = [
      AttackPlan(PGD(steps: 2)),
      AttackPlan(
        APGD(name: "apgd", objective: .untargeted(CrossEntropyLoss()), iterations: 3)),
      AttackPlan(FAB(targets: 1, steps: 1)), AttackPlan(Square(queries: 3)),
    ]
    evaluation.threats = [ThreatModel(budget: try Budget("0.3"))]
    evaluation.auditRules = []
    func found(_ positions: [Int], batchSize: Int) throws -> [Int: AdversarialExamples.Entry] {
      evaluation.batchSize = batchSize
      let outcome = try evaluation.run(model, on: data.subset(positions))
      return Dictionary(
        uniqueKeysWithValues: outcome.examples[0].entries.map { ($0.sample.index, $0) })
    }
    let reference = try found(Array(0..<36), batchSize: 128)
    #expect(!reference.isEmpty)
    let ranks = try (0..<2).map { rank in
      try found(Array(stride(from: rank, to: 36, by: 2)), batchSize: 128)
    }
    for other in [
      try found(Array((0..<36).reversed()), batchSize: 7), ranks[0].merging(ranks[1]) { $1 },
    ] {
      #expect(other.keys == reference.keys)
      for (index, entry) in other {
        let expected = try #require(reference[index])
        #expect(entry.attack == expected.attack && entry.sample == expected.sample)
        #expect(entry.image.bytes == expected.image.bytes)
      }
    }
  }
}
