import Foundation
import Methods
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@testable import Runs
@testable import Training

@Suite("Curvature of the loss")
struct CurvatureTests {
  private func generator() -> RandomGenerator { RandomGenerator(seed: 1) }

  @Test("Of a quadratic function the norm is its matrix's", arguments: [DType.float64, .float32])
  func quadratic(dtype: DType) {
    // Eigenvalues 3, 1, 0.5 and -7 in a turned basis, over two tensors.
    let basis = leastOrthonormal(4)
    let values = Tensor([3, 1, 0.5, -7] as [Double])
    let matrix = (basis * values).matmul(basis.transposed).to(dtype)
    let first = Tensor([0.4, -1.0, 2.0] as [Double], shape: [3, 1]).to(dtype).differentiable()
    let second = Tensor([0.3] as [Double], shape: [1, 1]).to(dtype).differentiable()
    let before = [first, second].map(\.bytes)
    let norm = HessianNorm(products: 40)(wrt: [first, second], generator: generator()) {
      let x = Tensor.concatenated([first, second])
      return (x * matrix.matmul(x)).sum() * 0.5
    }
    #expect(abs(norm - 7) < (dtype == .float64 ? 1e-8 : 1e-3))
    #expect([first, second].map(\.bytes) == before)
    // One product sees a mixture of all directions.
    let single = HessianNorm(products: 1)(wrt: [first], generator: generator()) {
      first.squared.sum() * 0.5
    }
    #expect(abs(single - 1) < 1e-3)
  }

  private func leastOrthonormal(_ count: Int) -> Tensor {
    let drawn = generator().normal([count, count], dtype: .float64)
    return (drawn + drawn.transposed).symmetricEigen.vectors
  }

  @Test("Initial weights are scaled for a norm, biases and constrained parts are not")
  func scaling() throws {
    let model = Quartic()
    let before = model.state.entries.map { $0.tensor.doubles }
    let probe = CurvatureProbe(
      settings: settings { ($0.products, $0.initialNorm) = (40, 8 * 0.95) }, model: model,
      batch: (Tensor([0.0], shape: [1, 1]), Tensor([Int64(0)])), seed: 0)
    let step = TrainingStep(seed: 0, epoch: 0, index: 0)
    // The Hessian is diagonal, λ w², with 4 the largest: twice that at √2 times the weights.
    #expect(abs(try probe.norm(of: model.state, at: step) - 4) < 1e-4)
    let found = try probe.scaleWeights(learning: model.state, at: step)
    #expect(abs(found.factor - 2.0.squareRoot()) < 1e-12 && abs(found.norm - 8) < 1e-3)
    let after = model.state.entries.map { $0.tensor.doubles }
    for (old, new) in zip(before[0], after[0]) { #expect(abs(new - old * found.factor) < 1e-12) }
    #expect(after[1...] == before[1...])
  }

  private func settings(_ change: (inout CurvatureSettings) -> Void) -> CurvatureSettings {
    var settings = CurvatureSettings()
    change(&settings)
    return settings
  }

  @Test("The norm is written down where it is due, and changes no bit of the training")
  func tracking() throws {
    let temporary = try TemporaryFolder()
    let plain = try LinearRun(temporary.run("plain"))
    let tracked = try LinearRun(
      temporary.run("tracked"), "training.curvature.every=2", "training.curvature.products=3")
    try plain.trainer().train()
    try tracked.trainer().train()
    func weights(_ run: LinearRun) throws -> [UInt8] {
      try SafeTensors(contentsOf: run.folder.model.path).tensors["weight"]!.bytes
    }
    #expect(try weights(plain) == weights(tracked))
    let lines = try String(contentsOf: tracked.folder.metrics, encoding: .utf8)
      .split(separator: "\n").filter { $0.contains("\"kind\":\"epoch\"") }
    #expect(lines.count >= 2)
    for (index, line) in lines.enumerated() {
      #expect(line.contains("\"hessianNorm\":") == (index % 2 == 1))
    }
  }
}

/// L = Σ λ_i w_i⁴ / 12 + Σ b² / 200 + |c|² / 200, whose Hessian is diag(λ w², 0.01, 0.01).
private struct Quartic: TrainableClassifier {
  let weight = Tensor([1.0, 2.0, 0.5, 1.0], shape: [2, 2]).differentiable()
  let bias = Tensor([1.0, 2.0]).differentiable()
  let constrained = Tensor([1.0], shape: [1, 1]).differentiable()

  var state: ModuleState {
    ModuleState(parameters: [
      "layer.weight": weight, "layer.bias": bias, "lyapunov.weight": constrained,
    ])
  }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let curvatures = Tensor([2.0, 1.0, 3.0, 0.5], shape: [2, 2])
    let loss =
      (weight.squared.squared * curvatures).sum() / 12
      + (bias.squared.sum() + constrained.squared.sum()) / 200
    return Objective(total: loss, classification: nil, terms: [], evaluations: 0)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor { images }
  func trained() -> any TrainedClassifier { fatalError("not used") }
}
