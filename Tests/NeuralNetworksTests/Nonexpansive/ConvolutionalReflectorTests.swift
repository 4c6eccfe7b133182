import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite("Block reflectors of maps")
struct ConvolutionalReflectorTests {
  let generator = RandomGenerator(seed: 47)

  /// Maps with even and odd extents, one pixel wide ones, and more columns than rows.
  static let sizes = [[4, 4], [3, 5], [4, 3], [3, 4], [2, 2], [1, 1], [1, 3], [2, 5]]

  func layer(_ size: [Int], channels: Int = 4, rank: Int = 2, kernel: Int = 3)
    -> ConvolutionalReflector
  {
    ConvolutionalReflector(
      channels: channels, rank: rank, kernelSize: kernel, mapSize: size, generator: generator,
      dtype: .float64)
  }

  /// The matrix of the circular convolution with V, [pixels · C, pixels · k], written out.
  func matrix(of layer: ConvolutionalReflector) -> Tensor {
    let (h, w) = (layer.mapSize[0], layer.mapSize[1])
    let shape = layer.weight.shape
    let (c, k, s) = (shape[0], shape[1], shape[2])
    let v = layer.weight.doubles
    var values = [Double](repeating: 0, count: h * w * c * h * w * k)
    for y in 0..<h {
      for x in 0..<w {
        for (i, j) in (0..<s * s).map({ ($0 / s, $0 % s) }) {
          let to = (y + i) % h * w + (x + j) % w
          for channel in 0..<c {
            for column in 0..<k {
              values[(to * c + channel) * h * w * k + (y * w + x) * k + column] +=
                v[((channel * k + column) * s + i) * s + j]
            }
          }
        }
      }
    }
    return Tensor(values, shape: [h * w * c, h * w * k])
  }

  @Test("It is the reflector of the circular convolution's matrix", arguments: sizes)
  func definition(size: [Int]) throws {
    let layer = layer(size)
    let v = matrix(of: layer)
    let count = v.shape[0]
    let identity = Tensor.identity(count, dtype: .float64)
    let w = identity - v.matmul(v.transposed.matmul(v).inverse).matmul(v.transposed) * 2
    // Row n of the identity is the map [H, W, 1, C] of sample n.
    let maps = identity.reshaped([count] + size + [4]).permuted([1, 2, 0, 3])
    for map in [layer.callAsFunction, try layer.settled(in: .float64).callAsFunction] {
      let found = map(maps).detached.permuted([2, 0, 1, 3]).reshaped([count, count])
      #expect((found - w).magnitude.max().item <= 1e-10)
      #expect((found.matmul(found.transposed) - identity).norm.item <= 1e-12 * 1e3)
    }
  }

  @Test("Every singular value of the Jacobian is 1", arguments: [[4, 6], [3, 3]])
  func isometry(size: [Int]) throws {
    let settled = try layer(size).settled(in: .float64)
    let values = singularValues(
      jacobian(
        of: settled.callAsFunction, at: generator.normal(size + [1, 4], dtype: .float64)))
    #expect(values.allSatisfy { abs($0 - 1) <= 1e-12 })
  }

  @Test("Slopes are those of central differences", arguments: [[4, 4], [3, 5], [1, 2]])
  func slopes(size: [Int]) {
    let x = generator.normal(size + [3, 4], dtype: .float64)
    #expect(worstSlopeError(of: layer(size), at: x, generator: generator) <= 1e-6)
  }

  @Test("Shifts of the input shift the output, across the edges")
  func shifts() {
    let layer = layer([4, 6])
    let x = generator.normal([4, 6, 2, 4], dtype: .float64)
    func rolled(_ x: Tensor) -> Tensor {
      .concatenated([x.sliced(5..<6, along: 1), x.sliced(0..<5, along: 1)], along: 1)
    }
    #expect(relativeError(layer(rolled(x)), rolled(layer(x).detached)) <= 1e-12)
  }

  @Test("The bound covers float32's weights, and what float32 errs by")
  func rounding() throws {
    let layer = ConvolutionalReflector(
      channels: 16, rank: 4, mapSize: [8, 8], generator: generator)
    let settled = try layer.settled(in: .float32)
    #expect(settled.lipschitzBound > 1 && settled.lipschitzBound <= 1 + 1e-4)
    let x = generator.normal([8, 8, 50, 16])
    let exact = settled.evaluated(in: .float64)(x.to(.float64))
    let norms = x.to(.float64).squared.sum(along: 0, 1, 3).squareRoot
    let grown = (exact.squared.sum(along: 0, 1, 3).squareRoot / norms).max().item
    #expect(grown <= settled.lipschitzBound && grown >= 1 - 1e-4)
    let errors = (settled(x).to(.float64) - exact).squared.sum(along: 0, 1, 3).squareRoot
    let bound = settled.propagated(RoundedFeatures(norm: norms.max().item, pixels: 64)).error
    #expect(errors.max().item <= bound && errors.max().item >= bound * 1e-5)
  }

  @Test("A kernel that has lost its rank at some frequency is refused")
  func lostRank() {
    // Σ taps = 0: V̂(0) = 0.
    let v = generator.normal([4, 1, 1, 1], dtype: .float64)
    let weight = Tensor.concatenated([v, -v], along: 3).padded([0, 0, 0, 1])
    let layer = ConvolutionalReflector(weight: weight, mapSize: [4, 4])
    #expect(throws: NonexpansiveLayerError.self) { _ = try layer.settled(in: .float32) }
  }

  @Test("Pixels of a square become channels, one pixel after the other")
  func unshuffle() {
    let images = Tensor.range(2 * 3 * 4 * 6, dtype: .float64).reshaped([2, 3, 4, 6])
    let found = PixelUnshuffle(factor: 2)(PixelsFirst()(images))
    #expect(found.shape == [2, 3, 2, 12])
    let (x, y) = (images.doubles, found.doubles)
    for n in 0..<2 {
      for c in 0..<3 {
        for row in 0..<4 {
          for column in 0..<6 {
            let channel = (row % 2 * 2 + column % 2) * 3 + c
            let place = ((row / 2 * 3 + column / 2) * 2 + n) * 12 + channel
            #expect(y[place] == x[((n * 3 + c) * 4 + row) * 6 + column])
          }
        }
      }
    }
    // Where derivatives are asked for, the numbers are moved by other means.
    let recorded = images.differentiable()
    let also = PixelUnshuffle(factor: 2)(PixelsFirst()(recorded))
    #expect(also.doubles == y)
    let weights = generator.normal(also.shape, dtype: .float64)
    let slope = gradient(of: (also * weights).sum(), wrt: [recorded])[0]
    #expect(PixelUnshuffle(factor: 2)(PixelsFirst()(slope)).doubles == weights.doubles)
  }
}
