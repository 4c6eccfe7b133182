import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite("Mixed precision")
struct MixedPrecisionTests {
  let generator = RandomGenerator(seed: 4)

  /// What `compute` makes of `x` as a feature extractor in mixed precision does.
  private func mixed(_ x: Tensor, _ compute: (Tensor) -> Tensor) -> Tensor {
    MixedPrecision.$isOn.withValue(true) { MixedPrecision.features(of: x, compute) }
  }

  private func extractor(_ name: String) -> any FeatureExtractor {
    name == "small"
      ? SmallExtractor(featureCount: 8, generator: generator)
      : ResNet18(featureCount: 8, channels: 1, width: 8, generator: generator)
  }

  @Test("A linear layer rounds what it multiplies to 8 bits, and the sum of products")
  func linear() {
    // 1 + 2⁻⁸ is half-way between two numbers, and goes to the even one.
    let layer = Linear(weight: Tensor([Float(1 + 0x1p-8), 1, 0, 3], shape: [2, 2]))
    let x = Tensor([Float(1), 2, 100, -7], shape: [2, 2])
    #expect(layer(x).scalars() == [Float(3 + 0x1p-8), 6, Float(93 + 100 * 0x1p-8), -21])
    let found = mixed(x) { layer($0) }
    #expect(found.dtype == .float32)
    #expect(found.scalars() == [Float(3), 6, 93, -21])
  }

  @Test("A convolution is the exact one of rounded numbers, rounded", arguments: [true, false])
  func convolution(channelsLast: Bool) {
    let layer = Convolution(
      inputs: 3, outputs: 4, size: 3, padding: 1, channelsLast: channelsLast,
      generator: generator)
    let images = generator.normal([2, 3, 5, 5]).contiguous(channelsLast: channelsLast)
    func rounded(_ x: Tensor) -> Tensor { x.to(.bfloat16).to(.float64) }
    let exact = rounded(images).convolved(
      weight: rounded(layer.weight), bias: rounded(layer.bias!), padding: 1)
    var inner: DType?
    let found = mixed(images) {
      let maps = layer($0)
      inner = maps.dtype
      return maps
    }
    #expect(inner == .bfloat16 && found.dtype == .float32)
    #expect(
      (found.to(.float64) - exact).magnitude.max().item <= 0x1p-8 * exact.magnitude.max().item)
    #expect((found - layer(images)).magnitude.max().item > 1e-4)
  }

  @Test("It concerns features alone, and only where it is on")
  func extent() {
    let layer = Linear(weight: Tensor([Float(1 + 0x1p-8)], shape: [1, 1]))
    let x = Tensor([Float(1)], shape: [1, 1])
    MixedPrecision.$isOn.withValue(true) {
      #expect(layer(x).item == 1 + 0x1p-8)
      #expect(MixedPrecision.features(of: x) { layer($0) }.item == 1)
      #expect(layer(x).item == 1 + 0x1p-8)
    }
    #expect(MixedPrecision.features(of: x) { layer($0) }.item == 1 + 0x1p-8)
  }

  @Test(
    "So are those of a network in use, with its gradient by images",
    arguments: [("small", 0.01, 0.99), ("resnet18", 0.05, 0.97)])
  func inUse(_ name: String, error: Double, agreement: Double) {
    let network = extractor(name).foldedForInference()
    let images = generator.uniform([16, 1, 8, 8]).differentiable()
    let full = network(images, mode: .inference)
    let found = mixed(images) { network($0, mode: .inference) }
    #expect(found.dtype == .float32)
    #expect(relativeError(found, full) < error)
    #expect(relativeError(found, full) > 1e-5)
    let seed = generator.normal(full.shape)
    let slopes = [found, full].map { gradient(of: $0, wrt: [images], seed: seed)[0] }
    let cosine = (slopes[0] * slopes[1]).sum().item / (slopes[0].norm * slopes[1].norm).item
    #expect(cosine > agreement)
  }

  @Test(
    "Features and their gradients are those of full precision to 8 bits, in float32",
    // Maps of one pixel normalised over 16 images turn rounding into other signs behind ReLUs.
    arguments: [("small", 0.03, 0.98), ("resnet18", 0.1, 0.7)])
  func extractors(_ name: String, error: Double, agreement: Double) {
    let network = extractor(name)
    let images = generator.uniform([16, 1, 8, 8]).differentiable()
    let full = network(images, mode: .training)
    let found = mixed(images) { network($0, mode: .training) }
    #expect(found.dtype == .float32)
    #expect(relativeError(found, full) < error)
    #expect(relativeError(found, full) > 1e-4)
    let seed = generator.normal(full.shape)
    let inputs = [images] + network.parameters
    for (a, b) in zip(
      gradient(of: found, wrt: inputs, seed: seed), gradient(of: full, wrt: inputs, seed: seed))
    {
      #expect(a.dtype == .float32)
      let cosine = (a * b).sum().item / (a.norm * b.norm).item
      #expect(cosine > agreement, "of \(b.shape)")
    }
  }

  @Test("A batch that processes share has its statistics in float32")
  func sharedBatch() {
    let layer = BatchNorm(channels: 3)
    let x = (generator.normal([64, 3, 4, 4]) + 20).to(.bfloat16)
    let whole = layer(x, mode: .training)
    struct Alone: BatchExchange {
      func sum(_ tensor: Tensor) -> Tensor { tensor }
      func refuse(_ reason: String) {}
    }
    let shard = BatchShard(rank: 0, of: 1, total: 64, exchange: Alone())
    let shared = BatchShard.$current.withValue(shard) { layer(x, mode: .training) }
    #expect(shared.dtype == .bfloat16)
    #expect((shared - whole).to(.float32).magnitude.max().item <= 0x1p-6)
  }
}
