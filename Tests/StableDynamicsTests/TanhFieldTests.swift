import Foundation
import NeuralNetworks
import StableDynamics
import Tensors
import TestSupport
import Testing

@Suite("The field W₂ tanh(W₀ h + b₀) + b₂")
struct TanhFieldTests {
  private func field(_ seed: UInt64, _ dtype: DType) -> TanhField {
    TanhField(dimension: 5, hidden: 19, generator: RandomGenerator(seed: seed), dtype: dtype)
  }

  @Test("Its value is the formula's, written out")
  func formula() {
    let field = field(0, .float64)
    let weights = field.state.tensors.mapValues(\.doubles)
    /// Row by row, W x + b.
    func layer(_ name: String, _ x: [Double]) -> [Double] {
      let (weight, bias) = (weights["\(name).weight"]!, weights["\(name).bias"]!)
      return bias.indices.map { row in
        x.indices.reduce(bias[row]) { $0 + weight[row * x.count + $1] * x[$1] }
      }
    }
    let h = [0.3, -1.0, 2.0, 0.0, -0.5]
    let expected = layer("2", layer("0", h).map { Foundation.tanh($0) })
    let found = field(Tensor(h, shape: [1, 5]))
    #expect(largestDifference(found, Tensor(expected, shape: [1, 5])) <= 1e-14)
  }

  @Test(
    "The fused pass and its gradients are those of recorded operations",
    arguments: [(DType.float64, 1e-13), (.float32, 2e-6)], 0..<3 as Range<UInt64>)
  func fused(_ precision: (dtype: DType, tolerance: Double), _ seed: UInt64) {
    let field = field(seed, precision.dtype)
    let generator = RandomGenerator(seed: seed, keys: 1)
    let h = generator.normal([11, 5], deviation: 2, dtype: precision.dtype).differentiable()
    let upstream = generator.normal([11, 5], dtype: precision.dtype)
    let (fused, plain) = (field(h), field.secondOrder(h))
    #expect(relativeError(fused, plain) <= precision.tolerance)
    let inputs = [h] + field.parameters
    #expect(inputs.count == 5)
    let expected = gradient(of: plain, wrt: inputs, seed: upstream)
    for (a, b) in zip(gradient(of: fused, wrt: inputs, seed: upstream), expected) {
      #expect(b.norm.item > 0)
      #expect(relativeError(a, b) <= precision.tolerance)
    }
  }

  @Test("Its Jacobian is what central differences find")
  func differences() {
    let field = field(3, .float64)
    let generator = RandomGenerator(seed: 3, keys: 1)
    let h = generator.normal([2, 5], dtype: .float64)
    let upstream = generator.normal([2, 5], dtype: .float64)
    let leaf = h.differentiable()
    let found = gradient(of: field(leaf), wrt: [leaf], seed: upstream)[0]
    let expected = centralDifferences(at: h) { (field($0) * upstream).sum().item }
    #expect(relativeError(found, expected) <= 1e-8)
  }

  @Test("The plain form is differentiable twice")
  func secondOrder() {
    let field = field(4, .float64)
    let h = RandomGenerator(seed: 4).normal([1, 5], dtype: .float64)
    func slope(_ x: Tensor, recording: Bool) -> (leaf: Tensor, slope: Tensor) {
      let leaf = x.differentiable()
      let value = field.secondOrder(leaf).sum()
      return (leaf, gradient(of: value, wrt: [leaf], recording: recording)[0])
    }
    let (leaf, first) = slope(h, recording: true)
    let found = gradient(of: first.squared.sum(), wrt: [leaf])[0]
    let expected = centralDifferences(at: h) {
      slope($0, recording: false).slope.squared.sum().item
    }
    #expect(relativeError(found, expected) <= 1e-7)
  }

  @Test("Nothing is recorded where nothing asks for it, and weights alone can be differentiated")
  func selective() {
    let field = field(5, .float64)
    let h = RandomGenerator(seed: 5).normal([3, 5], dtype: .float64)
    #expect(!withoutGradients { field(h) }.requiresGradient)
    let weight = field.state.tensors["0.weight"]!
    let found = gradient(of: field(h).sum(), wrt: [weight])[0]
    let expected = gradient(of: field.secondOrder(h).sum(), wrt: [weight])[0]
    #expect(relativeError(found, expected) <= 1e-13)
  }
}
