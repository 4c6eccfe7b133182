import Tensors

/// Three convolutions and a linear layer for small images: 3x3 with 32, 64 and 64 channels,
/// stride 1, 2 and 2, each followed by ReLU, then `fc` on the maps flattened channel-major.
public struct SmallExtractor: FeatureExtractor, Sendable {
  public let conv1, conv2, conv3: Convolution
  public let fc: Linear

  /// An extractor with PyTorch's default initialisation.
  ///
  /// - Parameters:
  ///   - featureCount: features per image, d.
  ///   - channels: of an image.
  ///   - imageSize: rows and columns of an image; 8 for the digits.
  public init(
    featureCount: Int, channels: Int = 1, imageSize: Int = 8, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    func convolution(_ inputs: Int, _ outputs: Int, stride: Int) -> Convolution {
      Convolution(
        inputs: inputs, outputs: outputs, size: 3, stride: stride, padding: 1,
        generator: generator, dtype: dtype, device: device)
    }
    conv1 = convolution(channels, 32, stride: 1)
    conv2 = convolution(32, 64, stride: 2)
    conv3 = convolution(64, 64, stride: 2)
    let mapSize = (imageSize + 3) / 4
    fc = Linear(
      inputs: 64 * mapSize * mapSize, outputs: featureCount, generator: generator, dtype: dtype,
      device: device)
  }

  public var featureCount: Int { fc.weight.shape[0] }

  public func callAsFunction(_ images: Tensor, mode: ForwardMode = .inference) -> Tensor {
    fc(conv3(conv2(conv1(images).relu).relu).relu.flattened(from: 1))
  }

  public var state: ModuleState {
    conv1.state.prefixed("conv1") + conv2.state.prefixed("conv2") + conv3.state.prefixed("conv3")
      + fc.state.prefixed("fc")
  }
}
