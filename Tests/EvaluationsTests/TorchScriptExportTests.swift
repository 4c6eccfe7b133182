import Datasets
import Methods
import NeuralNetworks
import Tensors
import Testing
import TorchScript

@testable import Evaluations
@testable import Runs

@Suite("Models recorded for PyTorch")
struct TorchScriptExportTests {
  /// A fresh model of a method, with steps of one length.
  private func run(_ method: String) throws -> Run {
    var settings = try ConfigurationOverride.setting("method=\(method)")
    let keys = try Configuration.resolved(settings).tree.leaves.map(\.key)
    for key in keys where key.hasSuffix("flow.solver") {
      settings += try ConfigurationOverride.setting("\(key)=rk4")
    }
    let configuration = try Configuration.resolved(settings)
    let card = try configuration.data.card
    return Run(
      try configuration.freshModel(for: card.modelInput, on: .cpu), path: method,
      configuration: configuration, classNames: card.classNames, input: card.modelInput,
      device: .cpu)
  }

  /// The largest difference by the largest of what is expected.
  private func difference(_ found: Tensor, _ expected: Tensor) -> Double {
    let scale = expected.magnitude.max().maximum(1e-30)
    return ((found - expected).magnitude.max() / scale).item
  }

  @Test(
    "Logits, V and derivatives of every method's program are the model's, on digits",
    arguments: MethodCatalog.all.map { $0.name })
  func equal(method: String) throws {
    let run = try run(method)
    let export = try TorchScriptExport(run)
    let program = try TorchScriptModule(bytes: export.bytes, path: method, device: .cpu)
    // A number of rows that does not fill the program's batches.
    let images = try DatasetCatalog.load("digits").test.batch(0..<40).inputs.to(run.dtype)
    let model = run.model.trained()
    let known = try Prediction.outputs(of: model, on: images)
    for (output, name) in [("logits", "forward"), ("lyapunov", "lyapunov")] {
      #expect(export.methods.contains(name) == (known[output] != nil))
      guard let expected = known[output] else { continue }
      let found = try withoutGradients { try program(images, method: name) }
      #expect(difference(found, expected) < 1e-5, "\(output)")
      let none = try withoutGradients { try program(images.sliced(0..<0), method: name) }
      #expect(none.shape == [0, 10])
    }
    let weights = RandomGenerator(seed: 2).normal([40, run.input.classCount]).to(run.dtype)
    func slopes(_ scores: (Tensor) throws -> Tensor) throws -> Tensor {
      let leaf = images.differentiable()
      let weighted = try withGradients { try scores(leaf) * weights }
      return gradient(of: weighted.sum(), wrt: [leaf])[0]
    }
    let own = try slopes { try model.inFixedBatches.logits($0) }
    let found = try slopes { try program($0) }
    #expect(difference(found, own) < 1e-3)
  }
}
