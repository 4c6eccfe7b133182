import Tensors

/// A convolution without bias and the batch normalisation behind it, or both as one convolution.
struct NormalizedConvolution: Sendable {
  let convolution: Convolution
  /// Nil once folded into the convolution.
  let normalization: BatchNorm?
}

extension NormalizedConvolution {
  init(
    _ inputs: Int, _ outputs: Int, size: Int, stride: Int, generator: RandomGenerator,
    dtype: DType, device: Device
  ) {
    convolution = Convolution(
      inputs: inputs, outputs: outputs, size: size, stride: stride, padding: size / 2,
      hasBias: false, channelsLast: true, generator: generator, dtype: dtype, device: device)
    normalization = BatchNorm(channels: outputs, dtype: dtype, device: device)
  }

  func callAsFunction(_ x: Tensor, mode: ForwardMode) -> Tensor {
    let y = convolution(x)
    return normalization.map { $0(y, mode: mode) } ?? y
  }

  /// ReLU of the maps of images, to which `shift` is added where given.
  func rectified(_ x: Tensor, adding shift: Tensor? = nil, mode: ForwardMode) -> Tensor {
    guard let normalization else { return convolution.rectified(x, adding: shift) }
    return normalization.rectified(convolution(x), adding: shift, mode: mode)
  }

  /// With scale s = weight / √(var + ε) of each output channel, the weight times s and the bias
  /// `bias - mean s`: the same map with running statistics.
  var folded: NormalizedConvolution {
    guard let normalization else { return self }
    return withoutGradients {
      let scale =
        normalization.weight / (normalization.runningVariance + normalization.epsilon).squareRoot
      return NormalizedConvolution(
        convolution: Convolution(
          weight: (convolution.weight * scale.reshaped([-1, 1, 1, 1]))
            .contiguous(channelsLast: true),
          bias: normalization.bias - normalization.runningMean * scale,
          stride: convolution.stride, padding: convolution.padding),
        normalization: nil)
    }
  }

  /// The tensors under torchvision's two names.
  func state(_ convolutionName: String, _ normalizationName: String) -> ModuleState {
    convolution.state.prefixed(convolutionName)
      + (normalization?.state.prefixed(normalizationName) ?? ModuleState())
  }
}
