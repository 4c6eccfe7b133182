import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The two small networks that pruning is usually shown on. No dynamics.
public enum LeNetMethod: Method {
  /// Which of the two networks.
  public enum Architecture: String, Codable, Sendable, CaseIterable {
    /// Three linear layers with ReLU between them.
    case dense = "lenet-300-100"
    /// Two 5x5 convolutions, each followed by ReLU and 2x2 max-pooling, and two linear layers with
    /// ReLU between them.
    case convolutional = "lenet-5"

    /// The usual widths of the hidden layers.
    public var usualWidths: [Int] {
      switch self {
      case .dense: [300, 100]
      case .convolutional: [20, 50, 500]
      }
    }
  }

  public struct Settings: Codable, Sendable {
    @Setting("lenet-300-100 (three linear layers) or lenet-5 (two convolutions, two linear)")
    public var architecture = Architecture.dense
    @Setting("of the hidden layers; null: 300, 100 or 20, 50, 500 by the architecture", .width)
    public var widths: [Int]? = nil
    @Setting(InputNormalization.note)
    public var normalization: InputNormalization? = nil
  }

  public static let name = "lenet"
  public static let summary = "LeNet-300-100 or LeNet-5, the networks of pruning; no dynamics"
  public static let reference =
    "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition"

  public static func defaults(for input: ModelInput) -> Settings { Settings() }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let architecture = settings.architecture
    let widths = settings.widths ?? architecture.usualWidths
    try SettingsError.require(
      widths.count == architecture.usualWidths.count, "widths",
      "\(architecture.usualWidths.count) positive numbers", widths)
    if architecture == .convolutional {
      try SettingsError.require(
        input.shape.count == 3 && input.shape.dropFirst().allSatisfy { $0 >= 16 }, "architecture",
        "lenet-300-100 for inputs of shape \(input.shape); lenet-5 takes images from 16 x 16 on",
        architecture.rawValue)
    }
    try settings.normalization?.check(for: input)
    return LeNet(
      architecture, widths: widths, normalization: settings.normalization, input: input,
      generator: generator, dtype: dtype, device: device)
  }
}

/// LeNet-300-100 or LeNet-5. The latter is the variant of Caffe (20 and 50 maps, 500 neurons) with a
/// ReLU behind each convolution too.
struct LeNet: TrainableClassifier, TrainedClassifier {
  let convolutions: [Convolution]
  let layers: [Linear]
  let normalization: InputNormalization?

  init(
    _ architecture: LeNetMethod.Architecture, widths: [Int], normalization: InputNormalization?,
    input: ModelInput, generator: RandomGenerator, dtype: DType, device: Device
  ) {
    self.normalization = normalization
    var inputs = input.shape.reduce(1, *)
    var hidden = widths
    var convolutions: [Convolution] = []
    if architecture == .convolutional {
      var shape = input.shape
      for width in widths.prefix(2) {
        convolutions.append(
          Convolution(
            inputs: shape[0], outputs: width, size: 5, generator: generator, dtype: dtype,
            device: device))
        shape = [width] + shape.dropFirst().map { ($0 - 4) / 2 }
      }
      inputs = shape.reduce(1, *)
      hidden = [widths[2]]
    }
    self.convolutions = convolutions
    layers = zip([inputs] + hidden, hidden + [input.classCount]).map {
      Linear(inputs: $0, outputs: $1, generator: generator, dtype: dtype, device: device)
    }
  }

  var classCount: Int { layers[layers.count - 1].weight.shape[0] }

  private var names: [String] {
    convolutions.indices.map { "conv\($0 + 1)" } + layers.indices.map { "fc\($0 + 1)" }
  }

  var state: ModuleState {
    zip(names, convolutions.map(\.state) + layers.map(\.state)).reduce(ModuleState()) {
      $0 + $1.1.prefixed($1.0)
    }
  }

  var hiddenUnits: [HiddenUnits] {
    zip(names, names.dropFirst()).enumerated().map { index, pair in
      let isLastMap = index == convolutions.count - 1
      let pixels = isLastMap ? layers[0].weight.shape[1] / convolutions[index].weight.shape[0] : 1
      return HiddenUnits(
        from: pair.0, to: pair.1, activation: .relu, columnsPerUnit: pixels, setting: "widths",
        position: index)
    }
  }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    Objective(crossEntropyOf: try logits(images), labels: labels, evaluations: 0)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor { try logits(images) }
  func trained() -> any TrainedClassifier { self }

  func logits(_ images: Tensor) throws -> Tensor {
    MixedPrecision.features(of: images) { images in
      let maps = convolutions.reduce(normalization.map { $0(images) } ?? images) {
        $1($0).relu.maxPooled(size: 2, stride: 2)
      }
      return layers.dropFirst().reduce(layers[0](maps.flattened(from: 1))) { $1($0.relu) }
    }
  }
}
