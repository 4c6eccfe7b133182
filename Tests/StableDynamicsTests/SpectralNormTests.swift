import NeuralNetworks
import Tensors
import TestSupport
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
      let bound = convolution.circularBound(mapSize: [10, 10])
      #expect(bound >= norm)
      // Maps of 5 pixels, for a kernel of 3, at the largest size with a stride.
      #expect(bound <= norm * (size == 5 ? 1.1 : 1.06))
      expectBound(convolution.matrixBound(mapSize: [10, 10]), of: norm)
      #expect(
        convolution.lipschitzBound(mapSize: [10, 10])
          == convolution.matrixBound(mapSize: [10, 10]))
    }
  }

  @Test("Maps need not be square")
  func rectangle() {
    let generator = RandomGenerator(seed: 4)
    let convolution = Convolution(
      inputs: 2, outputs: 2, size: 3, padding: 1, hasBias: false, generator: generator,
      dtype: .float64)
    let norm = powerIteration(generator.normal([1, 2, 1, 20], dtype: .float64)) { convolution($0) }
    expectBound(convolution.lipschitzBound(mapSize: [1, 20]), of: norm)
    let tall = powerIteration(generator.normal([1, 2, 20, 3], dtype: .float64)) {
      convolution($0)
    }
    expectBound(convolution.circularBound(mapSize: [20, 3]), of: tall, within: 0.25)
  }

  @Test(
    "Windows that do not overlap have the norm of the kernel as a matrix", arguments: [1, 2, 3])
  func patches(_ size: Int) {
    let generator = RandomGenerator(seed: 5)
    let kernel = generator.normal([4, 3, size, size], dtype: .float64)
    let convolution = Convolution(weight: kernel, stride: size)
    let norm = powerIteration(generator.normal([3 * size * size, 1], dtype: .float64)) {
      kernel.reshaped([4, -1]).matmul($0)
    }
    expectBound(convolution.circularBound(mapSize: [6, 6]), of: norm, within: 0.005)
  }

  @Test(
    "Sums over a window gain most at frequency 0, alternating ones at the highest")
  func extremeFrequencies() {
    let sum = Convolution(weight: .ones([1, 1, 3, 3], dtype: .float64), padding: 1)
    expectBound(sum.circularBound(mapSize: [8, 8]), of: 9, within: 1e-8)
    let signs = Tensor([1.0, -1, 1, -1, 1, -1, 1, -1, 1], shape: [1, 1, 3, 3])
    let alternating = Convolution(weight: signs, padding: 1)
    // The torus has 10 rows, so π is among its frequencies.
    expectBound(alternating.circularBound(mapSize: [8, 8]), of: 9, within: 1e-8)
  }

  /// Of three pixels in a row, x_i - x_{i-1} - x_{i+1} has the norm 1 + √2, more than round a ring of
  /// three, 2.
  @Test("The torus is larger than the map, so that nothing comes round")
  func torus() {
    let row = Tensor([0.0, 0, 0, 1, -1, 1, 0, 0, 0], shape: [1, 1, 3, 3])
    let bound = Convolution(weight: row, padding: 1).circularBound(mapSize: [3, 3])
    #expect(bound >= 1 + 2.0.squareRoot() && bound <= 2.62)
  }

  @Test("Many channels are bounded in parts, which changes nothing")
  func parts() {
    let generator = RandomGenerator(seed: 6)
    let few = Convolution(
      inputs: 3, outputs: 4, size: 3, padding: 1, hasBias: false, generator: generator,
      dtype: .float64)
    // The same kernel beside 128 silent channels: two parts of the frequencies instead of one.
    let many = Convolution(
      weight: few.weight.detached.padded([0, 0, 0, 0, 0, 128, 0, 128]), padding: 1)
    let (a, b) = (
      few.circularBound(mapSize: [22, 22]), many.circularBound(mapSize: [22, 22])
    )
    #expect(abs(a / b - 1) < 0.01)
  }
}
