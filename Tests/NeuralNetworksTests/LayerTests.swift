import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite("Layers")
struct LayerTests {
  let generator = RandomGenerator(seed: 3)

  @Test("Linear is x Wᵀ + b")
  func linear() {
    let layer = Linear(
      weight: Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3]), bias: Tensor([0.5, -0.5]))
    #expect(layer(Tensor([1.0, 0, -1], shape: [1, 3])).doubles == [-1.5, -2.5])
    #expect(layer.state.entries.map(\.name) == ["weight", "bias"])
  }

  @Test(
    "A convolution is a sum over a 3x3 window, stride and zero padding included",
    arguments: [true, false])
  func convolution(channelsLast: Bool) {
    let layer = Convolution(
      inputs: 2, outputs: 3, size: 3, stride: 2, padding: 1, channelsLast: channelsLast,
      generator: generator, dtype: .float64)
    let images = generator.normal([1, 2, 4, 4], dtype: .float64)
    let (w, b, x) = (layer.weight.doubles, layer.bias!.doubles, images.doubles)
    var expected: [Double] = []
    for output in 0..<3 {
      for row in [0, 2] {
        for column in [0, 2] {
          var sum = b[output]
          for channel in 0..<2 {
            for i in 0..<3 {
              for j in 0..<3 {
                let (y, z) = (row + i - 1, column + j - 1)
                guard (0..<4).contains(y), (0..<4).contains(z) else { continue }
                sum +=
                  w[((output * 2 + channel) * 3 + i) * 3 + j] * x[(channel * 4 + y) * 4 + z]
              }
            }
          }
          expected.append(sum)
        }
      }
    }
    #expect(relativeError(layer(images).doubles, expected) <= 1e-14)
  }

  @Test("Default initialisation is uniform on ±1/√fanIn, from the given generator alone")
  func initialization() {
    let linear = Linear(inputs: 100, outputs: 400, generator: RandomGenerator(seed: 1))
    let again = Linear(inputs: 100, outputs: 400, generator: RandomGenerator(seed: 1))
    #expect(linear.weight.bytes == again.weight.bytes)
    let weights = linear.weight.doubles
    #expect(weights.allSatisfy { abs($0) <= 0.1 } && weights.map(abs).max()! > 0.0999)
    // Uniform on ±a has variance a²/3; 40,000 draws are within 2 % of it (5 standard errors).
    let variance = weights.map { $0 * $0 }.reduce(0, +) / 40_000
    #expect(abs(variance / (0.01 / 3) - 1) < 0.025)
    #expect(linear.bias!.doubles.allSatisfy { abs($0) <= 0.1 })

    let convolution = Convolution(inputs: 4, outputs: 8, size: 3, generator: generator)
    let largest = convolution.weight.doubles.map(abs).max()!
    #expect((0.9 / 6...1.0 / 6).contains(largest))
    #expect(convolution.weight.requiresGradient && convolution.bias!.requiresGradient)
  }

  @Test("Batch norm: biased variance in the map, unbiased in the running average")
  func batchNorm() {
    let layer = BatchNorm(channels: 1, dtype: .float64)
    layer.weight.assign(Tensor([2.0]))
    layer.bias.assign(Tensor([1.0]))
    let x = Tensor([1.0, 2, 3, 6], shape: [4, 1])  // mean 3, biased variance 3.5, unbiased 14/3
    let expected = [-2.0, -1, 0, 3].map { 2 * $0 / (3.5 + 1e-5).squareRoot() + 1 }
    #expect(relativeError(layer(x, mode: .training).doubles, expected) <= 1e-14)
    #expect(abs(layer.runningMean.item - 0.3) <= 1e-15)
    #expect(abs(layer.runningVariance.item - (0.9 + 0.1 * 14 / 3)) <= 1e-15)

    let variance = layer.runningVariance.item
    let inference = [1.0, 2, 3, 6].map { 2 * ($0 - 0.3) / (variance + 1e-5).squareRoot() + 1 }
    #expect(relativeError(layer(x, mode: .inference).doubles, inference) <= 1e-14)
    #expect(
      layer.state.entries.map(\.name) == ["weight", "bias", "running_mean", "running_var"])
  }

  @Test("Layer normalisation puts features on the sphere of the radius")
  func layerNormalization() {
    let h = generator.normal([6, 64], mean: 5, deviation: 3, dtype: .float64)
    let y = LayerNormalization(radius: 3)(h)
    for norm in y.norm(along: 1).doubles { #expect(abs(norm - 3) < 1e-5) }
    for mean in y.mean(along: 1).doubles { #expect(abs(mean) < 1e-14) }
    // By hand: mean 2, biased variance 2/3.
    let small = LayerNormalization(radius: 3)(Tensor([1.0, 2, 3], shape: [1, 3]))
    let expected = [-1, 0, 1].map { $0 / (2.0 / 3 + 1e-5).squareRoot() * 3 / 3.0.squareRoot() }
    #expect(relativeError(small.doubles, expected) <= 1e-14)
  }
}
