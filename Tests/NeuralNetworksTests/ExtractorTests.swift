import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite("Feature extractors")
struct ExtractorTests {
  let generator = RandomGenerator(seed: 7)

  @Test("ResNet-18 with 10 outputs has 11,173,962 parameters, as CIFAR variants of torchvision's")
  func parameterCount() {
    #expect(ResNet18(featureCount: 10, generator: generator).parameterCount == 11_173_962)
  }

  @Test("ResNet-18 has torchvision's names and shapes")
  func names() {
    let network = ResNet18(featureCount: 10, generator: generator)
    let state = network.state.tensors
    #expect(state.count == 62 + 40)
    #expect(state["conv1.weight"]?.shape == [64, 3, 3, 3])
    #expect(state["bn1.running_var"]?.shape == [64])
    #expect(state["layer1.0.conv2.weight"]?.shape == [64, 64, 3, 3])
    #expect(state["layer2.0.downsample.0.weight"]?.shape == [128, 64, 1, 1])
    #expect(state["layer4.0.downsample.1.running_mean"]?.shape == [512])
    #expect(state["layer4.1.bn2.bias"]?.shape == [512])
    #expect(state["layer1.0.downsample.0.weight"] == nil)
    #expect(state["fc.weight"]?.shape == [10, 512])
    #expect(network.state.parameters.allSatisfy { $0.requiresGradient })
  }

  @Test("Folding changes inference by less than 1e-5, and is a snapshot")
  func folding() {
    let network = ResNet18(featureCount: 16, generator: generator)
    for _ in 0..<3 { _ = network(generator.uniform([8, 3, 16, 16]), mode: .training) }
    let images = generator.uniform([4, 3, 16, 16])
    let folded = network.foldedForInference()
    let before = network(images, mode: .inference)
    #expect(relativeError(folded(images, mode: .inference), before) <= 1e-5)
    #expect(folded.featureCount == 16)
    #expect(folded.parameters.allSatisfy { !$0.requiresGradient })
    #expect(!folded.state.tensors.keys.contains { $0.contains("bn") || $0.contains("running") })

    for parameter in network.parameters { parameter.assign(.zeros(like: parameter)) }
    #expect(relativeError(folded(images, mode: .inference), before) <= 1e-5)
  }

  @Test("Folding keeps the derivative with respect to images")
  func foldedGradient() {
    let network = ResNet18(featureCount: 4, generator: generator, dtype: .float64)
    _ = network(generator.uniform([4, 3, 8, 8], dtype: .float64), mode: .training)
    let images = generator.uniform([2, 3, 8, 8], dtype: .float64).differentiable()
    let folded = network.foldedForInference()
    let gradients = [network, folded].map { (extractor: any FeatureExtractor) in
      gradient(of: extractor(images, mode: .inference).squared.sum(), wrt: [images])[0]
    }
    #expect(relativeError(gradients[1], gradients[0]) <= 1e-12)
  }

  @Test("Inference changes no buffer; training moves the running statistics")
  func buffers() {
    let network = ResNet18(featureCount: 4, generator: generator)
    let mean = network.state.tensors["layer3.0.bn1.running_mean"]!
    let images = generator.uniform([2, 3, 8, 8])
    _ = network(images, mode: .inference)
    #expect(mean.doubles.allSatisfy { $0 == 0 })
    _ = network(images, mode: .training)
    #expect(mean.doubles.contains { $0 != 0 })
  }

  @Test("The digits extractor and layer normalisation give the reference's initial states")
  func digits() throws {
    let golden = try Golden("zubov_piacnn_f64")
    let extractor = SmallExtractor(featureCount: 32, generator: generator, dtype: .float64)
    try extractor.load(golden.tensors(under: "param.extractor"))
    let radius = try #require(golden.file.metadata["radius"].flatMap(Double.init))
    let initial = LayerNormalization(radius: radius)(extractor(golden["in.images"]))
    #expect(relativeError(initial, golden["out.trajectory"][0]) <= 1e-12)
  }

  @Test("The digits extractor takes larger images and more channels")
  func digitsShapes() {
    let extractor = SmallExtractor(
      featureCount: 5, channels: 3, imageSize: 28, generator: generator)
    #expect(extractor(.zeros([2, 3, 28, 28])).shape == [2, 5])
    #expect(extractor.featureCount == 5)
  }

  @Test(
    "A folded digits extractor gives the same features and derivatives, channels innermost",
    arguments: [(1, 8), (1, 7), (3, 12)])
  func foldedSmall(channels: Int, side: Int) {
    let network = SmallExtractor(
      featureCount: 5, channels: channels, imageSize: side, generator: generator, dtype: .float64)
    let folded = network.foldedForInference()
    let images = generator.uniform([3, channels, side, side], dtype: .float64)
    func slope(_ network: any FeatureExtractor) -> (features: Tensor, slope: Tensor) {
      let point = images.differentiable()
      let features = network(point, mode: .inference)
      return (features.detached, gradient(of: features.sin.sum(), wrt: [point])[0])
    }
    let (expected, found) = (slope(network), slope(folded))
    #expect(relativeError(found.features, expected.features) <= 1e-13)
    #expect(relativeError(found.slope, expected.slope) <= 1e-12)
    // A snapshot, outside the graph, and the same when folded again.
    for tensor in network.state.tensors.values { withoutGradients { tensor.assign(tensor * 2) } }
    #expect(folded.state.tensors.values.allSatisfy { !$0.requiresGradient })
    #expect(relativeError(slope(folded).features, expected.features) <= 1e-13)
    #expect(
      relativeError(slope(folded.foldedForInference()).features, expected.features) <= 1e-13)
  }

  @Test(
    "The point extractor is W₂ tanh(W₁ tanh(W₀ x + b₀) + b₁) + b₂",
    arguments: PointExtractor.Activation.allCases)
  func points(activation: PointExtractor.Activation) {
    let extractor = PointExtractor(
      activation: activation, generator: generator, dtype: .float64)
    let state = extractor.state.tensors
    #expect(state.keys.sorted() == [0, 2, 4].flatMap { ["\($0).bias", "\($0).weight"] })
    let points = generator.normal([5, 2], dtype: .float64)
    var expected = points
    for layer in [0, 2, 4] {
      expected = expected.matmul(state["\(layer).weight"]!.transposed) + state["\(layer).bias"]!
      if layer < 4 { expected = activation == .tanh ? expected.tanh : expected.relu }
    }
    #expect(relativeError(extractor(points), expected) <= 1e-14)
    #expect(extractor.featureCount == 2)
  }

  @Test("A normalised extractor sees (x - mean) / deviation and keeps the names")
  func normalized() {
    let plain = SmallExtractor(featureCount: 3, channels: 2, generator: generator)
    let normalized = NormalizedExtractor(
      plain, normalization: InputNormalization(mean: [0.5, 0.25], deviation: [0.5, 0.1]))
    let images = generator.uniform([2, 2, 8, 8])
    let channels = [
      (images.sliced(0..<1, along: 1) - 0.5) / 0.5, (images.sliced(1..<2, along: 1) - 0.25) / 0.1,
    ]
    let expected = plain(.concatenated(channels, along: 1))
    #expect(relativeError(normalized(images, mode: .inference), expected) <= 1e-6)
    let folded = normalized.foldedForInference()
    #expect(relativeError(folded(images, mode: .inference), expected) <= 1e-6)
    #expect(normalized.state.entries.map(\.name) == plain.state.entries.map(\.name))
    let inverse = normalized.normalization.inverse(.concatenated(channels, along: 1))
    #expect(relativeError(inverse, images) <= 1e-6)
  }

  @Test(
    "A configured normalisation must have a positive deviation for each channel",
    arguments: [
      #"{"mean":[0],"deviation":[0]}"#, #"{"mean":[0],"deviation":[-1]}"#,
      #"{"mean":[0, 1],"deviation":[1]}"#, #"{"mean":[],"deviation":[]}"#,
    ])
  func invalidNormalization(json: String) throws {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(InputNormalization.self, from: Data(json.utf8))
    }
    let valid = InputNormalization(mean: [0.5], deviation: [0.25])
    let copy = try JSONDecoder().decode(
      InputNormalization.self, from: JSONEncoder().encode(valid))
    #expect(copy == valid)
  }
}
