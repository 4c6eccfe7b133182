import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite("Chains of nonexpansive layers")
struct NonexpansiveExtractorTests {
  let generator = RandomGenerator(seed: 43)

  func dense(dtype: DType = .float32) -> NonexpansiveExtractor {
    var layers: [any NonexpansiveLayer] = [Flattening(ofMaps: false), ChannelPadding(count: 64)]
    for _ in 0..<4 {
      let maxMin = MaxMin(channels: 128, dtype: dtype)
      maxMin.bias.assign(generator.normal([128], deviation: 0.2, dtype: dtype))
      layers += [BlockReflector(width: 128, rank: 64, generator: generator, dtype: dtype), maxMin]
    }
    return NonexpansiveExtractor(
      stem: NonexpansiveStem(shift: 0.3, scale: 2), layers: layers, featureCount: 128)
  }

  @Test("In use it is what it is in training, and its tensors have the names of a Sequential")
  func use() throws {
    let extractor = dense(dtype: .float64)
    let images = generator.uniform([5, 1, 8, 8], dtype: .float64)
    let settled = try extractor.settled(in: .float64)
    let expected = extractor(images, mode: .training).detached
    #expect(relativeError(settled(images), expected) <= 1e-13)
    let folded: any FeatureExtractor = extractor.foldedForInference()
    let found = folded(images, mode: .inference)
    #expect(relativeError(found, expected) <= 1e-13)
    let names = extractor.state.entries.prefix(3).map { $0.name }
    #expect(names == ["2.weight", "3.bias", "4.weight"])
    #expect(settled.featureCount == 128 && expected.shape == [5, 128])
    #expect(settled.lipschitzBound >= 2 && settled.lipschitzBound <= 2 + 1e-9)
  }

  @Test("The Jacobian has no singular value above the scale, and one of it: an isometry")
  func isometry() {
    let extractor = dense(dtype: .float64)
    let image = generator.uniform([1, 1, 8, 8], dtype: .float64)
    let values = singularValues(jacobian(of: { extractor($0) }, at: image))
    #expect(values.allSatisfy { abs($0 - 2) <= 1e-12 })
  }

  @Test(
    "At 100,000 pairs no quotient of computed features exceeds the stated bound",
    arguments: [DType.float32, .float64])
  func quotients(dtype: DType) throws {
    let settled = try dense().settled(in: dtype)
    let error = settled.rounding(on: [1, 8, 8]).error
    #expect(error > 0 && error <= (dtype == .float32 ? 0.3 : 1e-9))
    var worst = 0.0
    for exponent in 0..<5 {
      // Pairs at all distances: from far apart to a few units in the last place of float32.
      let x = generator.uniform([20_000, 1, 8, 8])
      let size = [1.0, 0.1, 1e-2, 1e-4, 1e-6][exponent]
      let y = (x + generator.normal(x.shape) * size).clamped(to: 0...1)
      let moved = (settled(x) - settled(y)).to(.float64).norm(along: 1)
      let distance = (x.to(.float64) - y.to(.float64)).flattened(from: 1).norm(along: 1)
      let excess = moved - distance * settled.lipschitzBound
      worst = max(worst, excess.max().item)
      // Far apart, what rounding adds is nothing beside the bound's own scale.
      if size == 1 { #expect((moved / distance).max().item <= settled.lipschitzBound + 1e-4) }
    }
    #expect(worst <= 2 * error)
  }

  @Test("What float32 errs by is within its bound, and the bound is not idle")
  func rounding() throws {
    let extractor = dense()
    let single = try extractor.settled(in: .float32)
    let bound = single.rounding(on: [1, 8, 8])
    let images = generator.uniform([512, 1, 8, 8])
    // The same rounded weights, evaluated in float64, whose own error is below 1e-9.
    let exact = single.evaluated(in: .float64)(images)
    let errors = (single(images).to(.float64) - exact).norm(along: 1)
    #expect(errors.max().item <= bound.error)
    #expect(errors.max().item > 1e-8)
    #expect(exact.norm(along: 1).max().item <= bound.norm)
  }
}
