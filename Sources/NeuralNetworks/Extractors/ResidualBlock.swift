import Tensors

/// Two 3x3 convolutions beside a shortcut (He et al. 2016, "basic block"):
/// `relu(bn2(conv2(relu(bn1(conv1 x)))) + shortcut x)`, where the shortcut is the identity or, if
/// the shape changes, a strided 1x1 convolution.
struct ResidualBlock: Sendable {
  let first, second: NormalizedConvolution
  let shortcut: NormalizedConvolution?
}

extension ResidualBlock {
  init(
    _ inputs: Int, _ outputs: Int, stride: Int, generator: RandomGenerator, dtype: DType,
    device: Device
  ) {
    func convolution(_ inputs: Int, size: Int, stride: Int) -> NormalizedConvolution {
      NormalizedConvolution(
        inputs, outputs, size: size, stride: stride, generator: generator, dtype: dtype,
        device: device)
    }
    first = convolution(inputs, size: 3, stride: stride)
    second = convolution(outputs, size: 3, stride: 1)
    let changesShape = stride != 1 || inputs != outputs
    shortcut = changesShape ? convolution(inputs, size: 1, stride: stride) : nil
  }

  func callAsFunction(_ x: Tensor, mode: ForwardMode) -> Tensor {
    second.rectified(
      first.rectified(x, mode: mode), adding: shortcut?(x, mode: mode) ?? x, mode: mode)
  }

  var folded: ResidualBlock {
    ResidualBlock(first: first.folded, second: second.folded, shortcut: shortcut?.folded)
  }

  var state: ModuleState {
    first.state("conv1", "bn1") + second.state("conv2", "bn2")
      + (shortcut?.state("downsample.0", "downsample.1") ?? ModuleState())
  }
}

extension ResidualBlock {
  /// ‖shortcut‖ + ‖second‖ ‖first‖, batch normalisation folded in.
  func lipschitzBound(mapSize: [Int]) -> Double {
    let folded = folded
    let residual = Convolution.lipschitzBound(
      ofChain: [folded.first.convolution, folded.second.convolution], mapSize: mapSize)
    return residual + (folded.shortcut?.convolution.lipschitzBound(mapSize: mapSize) ?? 1)
  }
}
