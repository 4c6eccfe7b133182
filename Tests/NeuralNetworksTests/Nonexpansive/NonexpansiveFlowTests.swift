import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite("Nonexpansive flows and rescaled layers")
struct NonexpansiveFlowTests {
  let generator = RandomGenerator(seed: 53)

  /// Far from the start: random weights, biases and balances.
  func disturbed<Layer: NonexpansiveLayer>(_ layer: Layer, by deviation: Double = 0.5) -> Layer {
    for parameter in layer.parameters {
      parameter.assign(
        parameter.detached
          + generator.normal(parameter.shape, deviation: deviation, dtype: parameter.dtype))
    }
    return layer
  }

  func flow(
    _ channels: Int, kernel: Int? = nil, steps: Int = 1, isAutonomous: Bool = true,
    dtype: DType = .float64
  ) -> NonexpansiveFlow {
    disturbed(
      NonexpansiveFlow(
        channels: channels, hidden: channels + 3, kernelSize: kernel, stepCount: steps,
        isAutonomous: isAutonomous, generator: generator, dtype: dtype))
  }

  @Test("A step is h - 2 Kᵀ T⁻¹ relu(K h + b), by hand")
  func definition() throws {
    // K Kᵀ = (1, 2; 2, 8), so T = (3, 10) for q = 1, and (1 + 2·3, 8 + 2/3) for q = (1, 3).
    let k = Tensor([1.0, 0, 2, 2], shape: [1, 2, 2])
    for (q, t) in [(1.0, [3.0, 10]), (3, [7, 8 + 2.0 / 3])] {
      let layer = NonexpansiveFlow(
        weight: k, bias: Tensor([0.5, 1], shape: [1, 2]),
        balance: Tensor([1, q], shape: [1, 2]).log, stepCount: 1, stepSize: 0.5)
      // h = (1, -2): K h + b = (1.5, -1).
      let expected = [1 - 1.5 / t[0], -2]
      let h = Tensor([1.0, -2], shape: [1, 2])
      #expect(relativeError(layer(h).doubles, expected) <= 1e-14)
      let settled = try layer.settled(in: .float64)
      #expect(relativeError(settled(h).doubles, expected) <= 1e-8)
    }
  }

  @Test(
    "No singular value exceeds 1 at Δt = 1, of vectors and maps, with one weight or several",
    arguments: [nil, 3], [true, false])
  func nonexpansive(kernel: Int?, isAutonomous: Bool) throws {
    for _ in 0..<4 {
      let layer = flow(4, kernel: kernel, steps: 3, isAutonomous: isAutonomous)
      let x = generator.normal(kernel == nil ? [1, 4] : [3, 4, 1, 4], dtype: .float64) * 3
      for map in [layer.callAsFunction, try layer.settled(in: .float64).callAsFunction] {
        #expect(singularValues(jacobian(of: map, at: x)).last! <= 1 + 1e-12)
      }
    }
  }

  @Test("The bound is met, and a step of 2.5 would break it")
  func teeth() throws {
    // Orthonormal weights as at the start: T = 1, and a step reflects what it sees.
    let layer = NonexpansiveFlow(
      channels: 6, hidden: 6, stepCount: 1, isAutonomous: true, generator: generator,
      dtype: .float64)
    // A state that four of six units see, and the others do not even with rounding.
    layer.bias.assign(Tensor.full(-0.5, [1, 6], dtype: .float64))
    let x = layer.weight[0].detached.sliced(0..<4).sum(along: 0).unsqueezed(0)
    let values = singularValues(jacobian(of: layer.callAsFunction, at: x))
    #expect(values.allSatisfy { abs($0 - 1) <= 1e-12 })
    // F at Δt = 2.5 is x + 2.5 (F(x) - x).
    let longer = singularValues(jacobian(of: { $0 + (layer($0) - $0) * 2.5 }, at: x))
    #expect(longer.filter { $0 > 3.9 }.count == 4)
  }

  @Test("Slopes are those of central differences", arguments: [nil, 3])
  func slopes(kernel: Int?) {
    let layer = flow(4, kernel: kernel, steps: 2, isAutonomous: false)
    let x = generator.normal(kernel == nil ? [5, 4] : [3, 5, 2, 4], dtype: .float64)
    #expect(worstSlopeError(of: layer, at: x, generator: generator) <= 1e-6)
    let rescaled = disturbed(
      RescaledLayer(
        inputs: 4, outputs: 6, kernelSize: kernel, generator: generator, dtype: .float64))
    #expect(worstSlopeError(of: rescaled, at: x, generator: generator) <= 1e-6)
  }

  @Test(
    "Rescaled layers: no singular value above 1, all of them 1 at the start",
    arguments: [nil, 3], [2, 7])
  func rescaled(kernel: Int?, outputs: Int) throws {
    let start = RescaledLayer(
      inputs: 4, outputs: outputs, kernelSize: kernel, generator: generator, dtype: .float64)
    let x = generator.normal(kernel == nil ? [1, 4] : [3, 4, 1, 4], dtype: .float64)
    let atStart = singularValues(jacobian(of: start.callAsFunction, at: x))
    if outputs >= 4 { #expect(atStart.allSatisfy { abs($0 - 1) <= 1e-12 }) }
    #expect(abs(atStart.last! - 1) <= 1e-12 || outputs < 4)
    for _ in 0..<4 {
      let layer = disturbed(start)
      for map in [layer.callAsFunction, try layer.settled(in: .float64).callAsFunction] {
        #expect(singularValues(jacobian(of: map, at: x)).last! <= 1 + 1e-12)
      }
      let bound = try layer.settled(in: .float32).lipschitzBound
      #expect(abs(bound - 1) <= 1e-5)
    }
  }

  @Test("What float32 errs by is within its bound", arguments: [nil, 3])
  func rounding(kernel: Int?) throws {
    let x = generator.normal(kernel == nil ? [200, 12] : [4, 4, 50, 12])
    let axes = kernel == nil ? [1] : [0, 1, 3]
    func norms(_ x: Tensor) -> Tensor {
      let squares = x.to(.float64).squared
      return (axes.count == 1 ? squares.sum(along: 1) : squares.sum(along: 0, 1, 3)).squareRoot
    }
    let layers: [any NonexpansiveLayer] = [
      flow(12, kernel: kernel, steps: 3, dtype: .float32),
      disturbed(
        RescaledLayer(inputs: 12, outputs: 8, kernelSize: kernel, generator: generator)),
    ]
    for layer in layers {
      let settled = try layer.settled(in: .float32)
      let exact = settled.evaluated(in: .float64)(x.to(.float64))
      let error = norms(settled(x).to(.float64) - exact).max().item
      let bound = settled.propagated(
        RoundedFeatures(norm: norms(x).max().item, pixels: kernel == nil ? 1 : 16))
      #expect(error <= bound.error && error > 0)
      #expect(norms(exact).max().item <= bound.norm)
    }
  }

  @Test("Parameters that are not finite are refused")
  func notFinite() {
    let layer = flow(4)
    layer.weight.assign(Tensor.full(.nan, layer.weight.shape, dtype: .float64))
    #expect(throws: NonexpansiveLayerError.self) { _ = try layer.settled(in: .float64) }
    let rescaled = RescaledLayer(inputs: 4, outputs: 4, generator: generator)
    rescaled.weight.assign(Tensor.full(.infinity, [4, 4]))
    #expect(throws: NonexpansiveLayerError.self) { _ = try rescaled.settled(in: .float32) }
  }
}
