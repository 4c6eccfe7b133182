import Tensors

/// A two-dimensional convolution of images [N, inputs, H, W], padded with zeros.
///
/// The weight's memory layout is kept; libtorch chooses its kernels by it and by the input's.
public struct Convolution: Module, Sendable {
  /// [outputs, inputs, size, size].
  public let weight: Tensor
  /// [outputs].
  public let bias: Tensor?
  /// Rows and columns from one window to the next.
  public let stride: Int
  /// Rows and columns of zeros added on each side.
  public let padding: Int

  /// A layer of the given tensors.
  public init(weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0) {
    precondition(
      weight.rank == 4 && (bias == nil || bias?.shape == [weight.shape[0]]),
      "Convolution of weight \(weight.shape) and bias \(bias?.shape ?? [])")
    self.weight = weight
    self.bias = bias
    self.stride = stride
    self.padding = padding
  }

  /// A layer with PyTorch's default initialisation, uniform on ±1/√(inputs · size²).
  ///
  /// - Parameters:
  ///   - size: rows and columns of a window.
  ///   - channelsLast: whether the weight keeps channels innermost in memory.
  public init(
    inputs: Int, outputs: Int, size: Int, stride: Int = 1, padding: Int = 0, hasBias: Bool = true,
    channelsLast: Bool = false, generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    func parameter(_ shape: [Int]) -> Tensor {
      generator.parameter(shape, fanIn: inputs * size * size, dtype: dtype, device: device)
    }
    let weight = parameter([outputs, inputs, size, size])
    self.init(
      weight: channelsLast ? weight.contiguous(channelsLast: true).differentiable() : weight,
      bias: hasBias ? parameter([outputs]) : nil, stride: stride, padding: padding)
  }

  /// Maps [N, outputs, H′, W′] of images [N, inputs, H, W], where H′ is
  /// (H + 2 padding - size) / stride + 1, rounded down; in mixed precision they are bfloat16.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    guard MixedPrecision.isOfLayers else {
      return images.convolved(weight: weight, bias: bias, stride: stride, padding: padding)
    }
    return images.halved.convolved(
      weight: weight.halved, bias: bias?.halved, stride: stride, padding: padding)
  }

  /// ReLU of the maps of images, to which `shift` is added where given.
  func rectified(_ images: Tensor, adding shift: Tensor? = nil) -> Tensor {
    guard MixedPrecision.isOfLayers, !isFixedOfFewChannels else {
      return images.convolvedAndRectified(
        weight: weight, bias: bias, adding: shift, stride: stride, padding: padding)
    }
    return images.halved.convolvedAndRectified(
      weight: weight.halved, bias: bias?.halved, adding: shift?.halved, stride: stride,
      padding: padding)
  }

  /// Whether this is a first layer that does not learn, which with its gradient takes less time in float32
  /// than in bfloat16.
  private var isFixedOfFewChannels: Bool {
    weight.shape[1] <= 4 && !weight.requiresGradient && bias?.requiresGradient != true
  }

  public var state: ModuleState { ModuleState(weight: weight, bias: bias) }
}
