import Tensors

/// Three convolutions and a linear layer for small images: 3x3 with 32, 64 and 64 channels,
/// stride 1, 2 and 2, each followed by ReLU, then `fc` on the maps flattened channel-major.
public struct SmallExtractor: FeatureExtractor, Sendable {
  /// The usual channels of the three convolutions.
  public static let usualWidths = [32, 64, 64]

  /// The convolutions in order, each followed by a ReLU.
  public let conv1, conv2, conv3: Convolution
  /// From the flattened maps to the features.
  public let fc: Linear
  /// Whether maps keep channels innermost in memory, and `fc` reads them in that order.
  private let isChannelsLast: Bool

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
    isChannelsLast = false
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

  private init(folding network: SmallExtractor) {
    func folded(_ layer: Convolution) -> Convolution {
      Convolution(
        weight: layer.weight.copied.contiguous(channelsLast: true), bias: layer.bias?.copied,
        stride: layer.stride, padding: layer.padding)
    }
    conv1 = folded(network.conv1)
    conv2 = folded(network.conv2)
    conv3 = folded(network.conv3)
    let weight = network.fc.weight.copied
    let channels = conv3.weight.shape[0]
    let side = Int(Double(weight.shape[1] / channels).squareRoot().rounded())
    fc = Linear(
      weight: weight.reshaped([-1, channels, side, side]).permuted([0, 2, 3, 1]).flattened(from: 1)
        .contiguous(),
      bias: network.fc.bias?.copied)
    isChannelsLast = true
  }

  public var featureCount: Int { fc.weight.shape[0] }

  public func callAsFunction(_ images: Tensor, mode: ForwardMode = .inference) -> Tensor {
    let maps = conv3.rectified(conv2.rectified(conv1.rectified(images)))
    return fc((isChannelsLast ? maps.permuted([0, 2, 3, 1]) : maps).flattened(from: 1))
  }

  /// The same network with channels innermost in memory and the columns of `fc` in that order: half
  /// the time of a gradient of 28 x 28 images by libtorch's kernels, three quarters of 8 x 8.
  public func foldedForInference() -> any FeatureExtractor {
    isChannelsLast ? self : SmallExtractor(folding: self)
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

extension SmallExtractor {
  public func lipschitzBound(on shape: [Int]) -> Double {
    Convolution.lipschitzBound(ofChain: [conv1, conv2, conv3], mapSize: Array(shape.dropFirst()))
      * fc.lipschitzBound
  }
}
