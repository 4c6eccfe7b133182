import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite("ReLU of a batch normalisation and a shortcut")
struct RectifiedBatchNormTests {
  /// A layer, maps, a shortcut, and the derivative by the result.
  private struct Sample {
    let layer: BatchNorm
    let x, shortcut, seed: Tensor

    init(_ shape: [Int], _ dtype: DType, of maps: DType? = nil, channelsLast: Bool = true) {
      let generator = RandomGenerator(seed: 5)
      layer = BatchNorm(channels: shape[1], dtype: dtype)
      layer.weight.assign(generator.normal([shape[1]], dtype: dtype))
      layer.bias.assign(generator.normal([shape[1]], dtype: dtype))
      func map(_ offset: Double) -> Tensor {
        (generator.normal(shape, dtype: dtype) * 2 + offset).to(maps ?? dtype)
          .contiguous(channelsLast: channelsLast)
      }
      // Far from 0 beside its deviation, where squares would cancel.
      x = map(30).differentiable()
      shortcut = map(0).differentiable()
      seed = map(0)
    }

    var plain: (Tensor?) -> Tensor {
      { shortcut in
        let y = layer(x, mode: .training)
        return (shortcut.map { y + $0 } ?? y).relu
      }
    }

    var fused: (Tensor?) -> Tensor {
      { layer.rectified(x, adding: $0, mode: .training) }
    }
  }

  static let shapes = [[2, 1, 1, 3], [3, 5, 2, 2], [2, 64, 9, 9], [40, 17, 5, 3]]

  @Test(
    "Values, derivatives and running statistics are those of the plain operations",
    arguments: shapes, [true, false])
  func plain(shape: [Int], hasShortcut: Bool) {
    for channelsLast in [true, false] {
      let (a, b) = (
        Sample(shape, .float64, channelsLast: channelsLast),
        Sample(shape, .float64, channelsLast: channelsLast)
      )
      let (found, expected) = (
        a.fused(hasShortcut ? a.shortcut : nil), b.plain(hasShortcut ? b.shortcut : nil)
      )
      #expect(relativeError(found, expected) < 1e-12)
      func derivatives(_ y: Tensor, _ sample: Sample) -> [Tensor] {
        let inputs = [sample.x, sample.layer.weight, sample.layer.bias]
        return gradient(
          of: y, wrt: inputs + (hasShortcut ? [sample.shortcut] : []), seed: sample.seed)
      }
      for (x, y) in zip(derivatives(found, a), derivatives(expected, b)) {
        #expect((x - y).magnitude.max().item < 1e-11 * max(1, y.magnitude.max().item))
      }
      #expect(relativeError(a.layer.runningMean, b.layer.runningMean) < 1e-13)
      #expect(relativeError(a.layer.runningVariance, b.layer.runningVariance) < 1e-13)
    }
  }

  @Test("It is differentiable twice", arguments: [true, false])
  func twice(hasShortcut: Bool) {
    let sample = Sample([3, 5, 2, 2], .float64)
    let shortcut = hasShortcut ? sample.shortcut : nil
    func second(_ y: Tensor) -> [Tensor] {
      let slope = gradient(of: (y * y * y).sum(), wrt: [sample.x], recording: true)[0]
      return gradient(
        of: slope.squared.sum(), wrt: [sample.x, sample.layer.weight, sample.layer.bias])
    }
    for (x, y) in zip(second(sample.fused(shortcut)), second(sample.plain(shortcut))) {
      #expect((x - y).magnitude.max().item < 1e-9 * y.magnitude.max().item)
    }
  }

  @Test("Numbers of 32 and 16 bits err by their rounding", arguments: [DType.float32, .bfloat16])
  func narrow(maps: DType) {
    let sample = Sample([4, 24, 6, 6], .float32, of: maps)
    let exact = Sample([4, 24, 6, 6], .float64)
    exact.layer.weight.assign(sample.layer.weight)
    exact.layer.bias.assign(sample.layer.bias)
    exact.x.assign(sample.x)
    exact.shortcut.assign(sample.shortcut)
    let (found, expected) = (sample.fused(sample.shortcut), exact.plain(exact.shortcut))
    #expect(found.dtype == maps)
    let unit = maps == .float32 ? 0x1p-17 : 0x1p-8
    // Beside the unit of the result that of 30 times the scale, of which float32 takes the mean.
    let slack = unit * 0.05 + 0x1p-14
    #expect(
      ((found.to(.float64) - expected).magnitude .> expected.magnitude * unit + slack)
        .trueCount == 0)
    // Where the ReLU's argument is within rounding of 0, either side may be its derivative.
    let isClear = (expected .> 0.05).to(.float64)
    let slopes = gradient(
      of: found, wrt: [sample.shortcut, sample.layer.bias],
      seed: sample.seed * isClear.to(maps))
    let wanted = gradient(
      of: expected, wrt: [exact.shortcut, exact.layer.bias],
      seed: sample.seed.to(.float64) * isClear)
    #expect(slopes[0].dtype == maps && slopes[1].dtype == .float32)
    for (x, y) in zip(slopes, wanted) { #expect(relativeError(x.to(.float64), y) < unit) }
  }

  @Test("Statistics do not depend on the number of threads")
  func threads() {
    let before = Torch.threadCount
    defer { Torch.threadCount = before }
    let results = [1, 2].map { count in
      Torch.threadCount = count
      let sample = Sample([16, 32, 8, 8], .float32)
      let y = sample.fused(nil)
      return ([y] + gradient(of: y, wrt: [sample.x, sample.layer.weight], seed: sample.seed))
        .map(\.bytes)
    }
    #expect(results[0] == results[1])
  }
}
