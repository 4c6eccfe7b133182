import Datasets
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Tensors
import Testing

@Suite("The README's example")
struct ReadmeTests {
  @Test("trains, reads V and attacks")
  func example() throws {
    // begin
    let digits = try DatasetCatalog.load("digits")
    let input = ModelInput(shape: [1, 8, 8], classCount: 10)
    let model = try ZubovNetMethod.build(
      ZubovNetMethod.defaults(for: input), input: input, generator: RandomGenerator(seed: 0),
      dtype: .float32, device: .cpu)
    let adam = Adam(model.state, learningRate: 1e-3)
    let order = SeededPermutation(count: digits.train.count, seed: 0, epoch: 0).indices
    for (index, batch) in Batches(of: order, size: 128).enumerated() {
      let (images, labels) = digits.train.batch(batch)
      let objective = try model.objective(
        images: images, labels: labels, step: TrainingStep(seed: 0, epoch: 0, index: index))
      adam.step(gradients: gradient(of: objective.total, wrt: model.parameters))
      model.restoreConstraints()
    }
    let (images, labels) = digits.test.batch(0..<20)
    let values = try model.trained().outputs(images)["lyapunov"]!  // V, [20, 10]
    var evaluation = RobustnessEvaluation()
    evaluation.attacks = [AttackPlan(PGD()), .autoAttack]
    evaluation.threats = [ThreatModel(budget: try Budget("8/255"))]
    let samples = try LabelledImages(images: images, labels: labels.integers, classCount: 10)
    let result = try evaluation.run(model.trained(), on: samples).result
    // end
    #expect(values.shape == [20, 10])
    #expect(values.min().item >= 0)
    #expect(result.clean.fraction > 0.6)
    #expect(result.threats[0].worstCase.fraction < result.clean.fraction)
  }

  @Test("is what the README shows")
  func text() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let example = source.split(separator: "    // begin\n")[1].split(separator: "    // end\n")[0]
      .split(separator: "\n").map { $0.dropFirst(4) }.joined(separator: "\n")
    let readme = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "README.md")
    #expect(try String(contentsOf: readme, encoding: .utf8).contains(example))
  }
}
