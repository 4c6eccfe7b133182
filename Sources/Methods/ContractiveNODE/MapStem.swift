import NeuralNetworks
import Tensors

/// Two 3x3 convolutions from images to the maps that a convolutional Neural ODE flows through: 32
/// channels with ReLU, then those of the state, as they are. The second halves rows and columns, and
/// for images above 16 x 16 the first does too.
struct MapStem: FeatureExtractor {
  let conv1, conv2: Convolution
  /// [c, h, w].
  let mapShape: [Int]

  private static func strides(_ image: [Int]) -> [Int] {
    [max(image[1], image[2]) > 16 ? 2 : 1, 2]
  }

  /// Rows and columns of the maps of images [C, H, W].
  static func mapSize(of image: [Int]) -> [Int] {
    image.dropFirst().map { size in strides(image).reduce(size) { ($0 + $1 - 1) / $1 } }
  }

  init(
    image: [Int], channels: Int, generator: RandomGenerator, dtype: DType, device: Device
  ) {
    func convolution(_ inputs: Int, _ outputs: Int, stride: Int) -> Convolution {
      Convolution(
        inputs: inputs, outputs: outputs, size: 3, stride: stride, padding: 1,
        generator: generator, dtype: dtype, device: device)
    }
    let strides = Self.strides(image)
    conv1 = convolution(image[0], 32, stride: strides[0])
    conv2 = convolution(32, channels, stride: strides[1])
    mapShape = [channels] + Self.mapSize(of: image)
  }

  var featureCount: Int { mapShape.reduce(1, *) }

  /// Flattened maps, [N, c h w].
  func callAsFunction(_ images: Tensor, mode: ForwardMode) -> Tensor {
    conv2(conv1(images).relu).flattened(from: 1)
  }

  func lipschitzBound(on shape: [Int]) -> Double {
    Convolution.lipschitzBound(ofChain: [conv1, conv2], mapSize: Array(shape.dropFirst()))
  }

  var state: ModuleState { conv1.state.prefixed("conv1") + conv2.state.prefixed("conv2") }
}
