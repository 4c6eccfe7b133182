import Tensors

/// Three convolutions and a linear layer for small images: 3x3 with 32, 64 and 64 channels,
/// stride 1, 2 and 2, each followed by ReLU, then `fc` on the maps flattened channel-major.
public struct SmallExtractor: FeatureExtractor, Sendable {
  /// The usual channels of the three convolutions.
  public static let usualWidths = [32, 64, 64]

  public let conv1, conv2, conv3: Convolution
  public let fc: Linear

  /// An extractor with PyTorch's default initialisation.
  ///
  /// - Parameters:
  ///   - featureCount: features per image, d.
  ///   - channels: of an image.
  ///   - imageSize: rows and columns of an image; 8 for the digits.
  ///   - widths: channels of the three convolutions.
  public init(
    featureCount: Int, channels: Int = 1, imageSize: Int = 8, widths: [Int] = usualWidths,
    generator: RandomGenerator, dtype: DType = .float32, device: Device = .cpu
  ) {
    precondition(widths.count == 3, "SmallExtractor of widths \(widths)")
    func convolution(_ inputs: Int, _ outputs: Int, stride: Int) -> Convolution {
      Convolution(
        inputs: inputs, outputs: outputs, size: 3, stride: stride, padding: 1,
        generator: generator, dtype: dtype, device: device)
    }
    conv1 = convolution(channels, widths[0], stride: 1)
    conv2 = convolution(widths[0], widths[1], stride: 2)
    conv3 = convolution(widths[1], widths[2], stride: 2)
    let mapSize = (imageSize + 3) / 4
    fc = Linear(
      inputs: widths[2] * mapSize * mapSize, outputs: featureCount, generator: generator,
      dtype: dtype,
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

  /// The channels of the three convolutions; the setting is called `channels`.
  public var hiddenUnits: [HiddenUnits] {
    let pixels = fc.weight.shape[1] / conv3.weight.shape[0]
    return [
      HiddenUnits(
        from: "conv1", to: "conv2", activation: .relu, readerIsPadded: true, setting: "channels",
        position: 0),
      HiddenUnits(
        from: "conv2", to: "conv3", activation: .relu, readerIsPadded: true, setting: "channels",
        position: 1),
      HiddenUnits(
        from: "conv3", to: "fc", activation: .relu, columnsPerUnit: pixels, setting: "channels",
        position: 2),
    ]
  }
}
