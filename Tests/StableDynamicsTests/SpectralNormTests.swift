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
    expectBound(u.matmul(v).spectralNormBounds.item, of: 15, within: 1.1e-9)
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

  /// The matrix of a convolution of maps [inputs, size, size].
  private func matrix(_ convolution: Convolution, size: Int) -> Tensor {
    let inputs = convolution.weight.shape[1]
    let count = inputs * size * size
    let basis = Tensor.identity(count, dtype: .float64).reshaped([count, inputs, size, size])
    return convolution(basis).flattened(from: 1).transposed
  }

  @Test(
    "The bound of a convolution is above the norm of its matrix, by a few per cent",
    arguments: [
      (3, 1, 1), (3, 2, 1), (1, 1, 0), (1, 2, 0), (3, 1, 0), (5, 2, 2), (3, 3, 1), (4, 2, 1),
    ])
  func convolution(_ size: Int, _ stride: Int, _ padding: Int) {
    for seed in 0..<3 as Range<UInt64> {
      let generator = RandomGenerator(seed: seed)
      let convolution = Convolution(
        inputs: 3, outputs: 4, size: size, stride: stride, padding: padding, hasBias: false,
        generator: generator, dtype: .float64)
      let matrix = matrix(convolution, size: 10)
      let norm = powerIteration(generator.normal([300, 1], dtype: .float64)) { matrix.matmul($0) }
      let bound = convolution.lipschitzBound(mapSize: [10, 10])
      #expect(bound >= norm)
      #expect(bound <= norm * 1.06)
    }
  }

  @Test("Maps need not be square")
  func rectangle() {
    let generator = RandomGenerator(seed: 4)
    let convolution = Convolution(
      inputs: 2, outputs: 2, size: 3, padding: 1, hasBias: false, generator: generator,
      dtype: .float64)
    let norm = powerIteration(generator.normal([1, 2, 1, 20], dtype: .float64)) { convolution($0) }
    expectBound(convolution.lipschitzBound(mapSize: [1, 20]), of: norm, within: 0.25)
    #expect(
      convolution.lipschitzBound(mapSize: [1, 20]) != convolution.lipschitzBound(mapSize: [20, 1]))
  }

  @Test("Windows that do not overlap have the norm of the kernel as a matrix", arguments: [1, 2, 3])
  func patches(_ size: Int) {
    let generator = RandomGenerator(seed: 5)
    let kernel = generator.normal([4, 3, size, size], dtype: .float64)
    let convolution = Convolution(weight: kernel, stride: size)
    let norm = powerIteration(generator.normal([3 * size * size, 1], dtype: .float64)) {
      kernel.reshaped([4, -1]).matmul($0)
    }
    expectBound(convolution.lipschitzBound(mapSize: [6, 6]), of: norm, within: 0.005)
  }

  @Test("A sum over a window has its largest gain at frequency 0, an alternating one at the highest")
  func extremeFrequencies() {
    let sum = Convolution(weight: .ones([1, 1, 3, 3], dtype: .float64), padding: 1)
    expectBound(sum.lipschitzBound(mapSize: [8, 8]), of: 9, within: 1e-8)
    let signs = Tensor([1.0, -1, 1, -1, 1, -1, 1, -1, 1], shape: [1, 1, 3, 3])
    let alternating = Convolution(weight: signs, padding: 1)
    // The torus has 10 rows, so π is among its frequencies.
    expectBound(alternating.lipschitzBound(mapSize: [8, 8]), of: 9, within: 1e-8)
  }

  @Test("Many channels are bounded in parts, which changes nothing")
  func parts() {
    let generator = RandomGenerator(seed: 6)
    let convolution = Convolution(
      inputs: 150, outputs: 160, size: 3, padding: 1, hasBias: false, generator: generator)
    // A submatrix of the kernel has no larger norm; the bound is that of more than one part.
    let narrow = Convolution(weight: convolution.weight.sliced(0..<20), padding: 1)
    let start = generator.normal([1, 150, 22, 22])
    let norm = powerIteration(start) { convolution($0) }
    let bound = convolution.lipschitzBound(mapSize: [22, 22])
    expectBound(bound, of: norm, within: 0.06)
    #expect(narrow.lipschitzBound(mapSize: [22, 22]) <= bound)
  }
}
