import NeuralNetworks
import Tensors
import Testing

@Suite("Spectral norms from above")
struct SpectralNormTests {
  /// The largest singular value by power iteration, which approaches it from below.
  private func powerIteration(_ start: Tensor, _ map: (Tensor) -> Tensor) -> Double {
    var x = start
    var norm = 0.0
    for _ in 0..<400 {
      let leaf = (x / x.norm).differentiable()
      let y = map(leaf)
      norm = y.norm.item
      x = gradient(of: y, wrt: [leaf], seed: y.detached)[0]
    }
    return norm
  }

  private func expectBound(
    _ bound: Double, of norm: Double, within share: Double = 0.01,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(bound >= norm * (1 - 1e-12), sourceLocation: sourceLocation)
    #expect(bound <= norm * (1 + share), sourceLocation: sourceLocation)
  }

  @Test("Diagonal matrices have their largest entry", arguments: [1, 1e-30, 1e30])
  func diagonal(scale: Double) {
    let entries = [0.5, -3, 1, 0].map { $0 * scale }
    let matrix = Tensor.identity(4, dtype: .float64) * Tensor(entries)
    expectBound(matrix.spectralNormBounds.item, of: 3 * scale)
    let wide = Tensor.concatenated([matrix, .zeros([4, 3], dtype: .float64)], along: 1)
    expectBound(wide.spectralNormBounds.item, of: 3 * scale)
    expectBound(wide.transposed.spectralNormBounds.item, of: 3 * scale)
  }

  @Test("A rank-one matrix has the product of its vectors' norms, exactly")
  func rankOne() {
    let (u, v) = (Tensor([3.0, 4], shape: [2, 1]), Tensor([1.0, 2, 2], shape: [1, 3]))
    expectBound(u.matmul(v).spectralNormBounds.item, of: 15, within: 1e-12)
  }

  @Test("Equal singular values, the worst case, are overestimated least of all by dimension")
  func orthogonal() {
    expectBound(Tensor.identity(256, dtype: .float64).spectralNormBounds.item, of: 1)
    #expect(Tensor.identity(256, dtype: .float64).spectralNormBounds.item > 1.001)
  }

  @Test("The zero matrix has a negligible bound")
  func zero() {
    #expect((0...1e-100).contains(Tensor.zeros([3, 4]).spectralNormBounds.item))
  }

  @Test(
    "Random matrices are within one per cent of power iteration, each of a batch for itself",
    arguments: [[5, 9], [12, 4], [64, 64], [1, 30]])
  func random(_ shape: [Int]) {
    let generator = RandomGenerator(seed: 1)
    let batch = generator.normal([3] + shape, dtype: .float64)
    let bounds = batch.spectralNormBounds
    #expect(bounds.shape == [3])
    for index in 0..<3 {
      let start = generator.normal([shape[1], 1], dtype: .float64)
      let norm = powerIteration(start) { batch[index].matmul($0) }
      expectBound(bounds.doubles[index], of: norm)
    }
    #expect(!batch.differentiable().spectralNormBounds.requiresGradient)
  }

  @Test(
    "The bound of a convolution is above the norm of the operator, and of use",
    arguments: [(3, 1, 1), (3, 2, 1), (1, 1, 0), (1, 2, 0), (3, 1, 0), (5, 2, 2)])
  func convolution(_ size: Int, _ stride: Int, _ padding: Int) {
    let generator = RandomGenerator(seed: 2)
    let convolution = Convolution(
      inputs: 3, outputs: 4, size: size, stride: stride, padding: padding, hasBias: false,
      generator: generator, dtype: .float64)
    let norm = powerIteration(generator.normal([1, 3, 9, 9], dtype: .float64)) { convolution($0) }
    #expect(convolution.lipschitzBound >= norm)
    #expect(convolution.lipschitzBound <= norm * Double(size) * 1.01)
  }
}
