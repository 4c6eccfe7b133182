import Tensors
import Testing

@Suite("Convolutions with ReLU behind them")
struct RectifiedConvolutionTests {
  /// Channels of images and maps, rows and columns, kernel, stride, padding.
  struct Shape: Sendable {
    var channels = 1, outputs = 32
    var image = [8, 8]
    var kernel = 3, stride = 1, padding = 1
  }

  /// Relative to the largest element.
  private func difference(_ a: Tensor, _ b: Tensor) -> Double {
    (a.to(.float64) - b.to(.float64)).magnitude.max().item / b.magnitude.max().item
  }

  @Test(
    "Values and derivatives are those of ReLU of the convolution and what is added",
    arguments: [
      Shape(), Shape(channels: 3, outputs: 7, image: [9, 6], stride: 2),
      Shape(channels: 4, outputs: 5, image: [7, 13], kernel: 4, stride: 3, padding: 2),
      Shape(channels: 2, image: [5, 5], kernel: 1, padding: 0),
      Shape(channels: 1, outputs: 16, image: [11, 10], kernel: 7, stride: 2, padding: 3),
      Shape(channels: 5, image: [6, 6]), Shape(channels: 3, image: [8, 7], kernel: 2, padding: 0),
      Shape(channels: 1, outputs: 3, image: [10, 10], kernel: 3, stride: 4, padding: 0),
    ], [true, false])
  func plain(shape: Shape, isChannelsLast: Bool) {
    let generator = RandomGenerator(seed: 4)
    let kernel = generator.normal([shape.outputs, shape.channels, shape.kernel, shape.kernel])
    let bias = generator.normal([shape.outputs])
    let images = generator.normal([3, shape.channels] + shape.image)
    let maps = images.convolved(
      weight: kernel, bias: bias, stride: shape.stride, padding: shape.padding)
    let shift = generator.normal(maps.shape)
    let seed = generator.normal(maps.shape)

    /// In float64 by the plain operations.
    func expected(adding isShifted: Bool) -> (Tensor, [Tensor]) {
      let (x, s) = (images.to(.float64).differentiable(), shift.to(.float64).differentiable())
      let maps = x.convolved(
        weight: kernel.to(.float64), bias: bias.to(.float64), stride: shape.stride,
        padding: shape.padding)
      let result = (isShifted ? maps + s : maps).relu
      return (
        result,
        gradient(of: result, wrt: isShifted ? [x, s] : [x], seed: seed.to(.float64))
      )
    }
    for dtype in [DType.float32, .float64] {
      for isShifted in [true, false] {
        let laidOut = { (x: Tensor) in
          x.to(dtype).contiguous(channelsLast: isChannelsLast)
        }
        let (x, s) = (images.to(dtype).differentiable(), laidOut(shift).differentiable())
        let result = laidOut(x).convolvedAndRectified(
          weight: laidOut(kernel), bias: bias.to(dtype), adding: isShifted ? s : nil,
          stride: shape.stride, padding: shape.padding)
        let slopes = gradient(of: result, wrt: isShifted ? [x, s] : [x], seed: seed.to(dtype))
        let (values, derivatives) = expected(adding: isShifted)
        let tolerance = dtype == .float32 ? 1e-5 : 1e-13
        #expect(difference(result, values) < tolerance)
        for (found, wanted) in zip(slopes, derivatives) {
          #expect(found.shape == wanted.shape && found.dtype == dtype)
          #expect(difference(found, wanted) < tolerance)
        }
      }
    }
  }

  @Test("Weights that learn have derivatives, and first derivatives can be derived again")
  func learning() {
    let generator = RandomGenerator(seed: 5)
    let kernel = generator.normal([4, 2, 3, 3], dtype: .float64)
    let images = generator.normal([2, 2, 5, 5], dtype: .float64)
    func slopes(
      _ rectified: (_ x: Tensor, _ kernel: Tensor) -> Tensor
    ) -> (weight: Tensor, again: Tensor) {
      let learned = kernel.differentiable()
      let weight = gradient(of: rectified(images, learned).squared.sum(), wrt: [learned])[0]
      let x = images.differentiable()
      let first = gradient(of: rectified(x, kernel).squared.sum(), wrt: [x], recording: true)[0]
      return (weight, gradient(of: first.squared.sum(), wrt: [x])[0])
    }
    let found = slopes { $0.convolvedAndRectified(weight: $1, padding: 1) }
    let expected = slopes { $0.convolved(weight: $1, padding: 1).relu }
    #expect(difference(found.weight, expected.weight) < 1e-13)
    #expect(difference(found.again, expected.again) < 1e-13)
  }
}
