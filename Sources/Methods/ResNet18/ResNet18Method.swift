import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The discrete baseline: a ResNet-18 (or the small extractor on small images) whose features are
/// the logits. No dynamics.
public enum ResNet18Method: Method {
  public struct Settings: Codable, Sendable {
    /// One suited to the input, unless it is named.
    @Setting(Settings.features.$extractor)
    public var extractor = Features.Extractor.automatic
    /// Of ResNet-18 alone.
    @Setting(Settings.features.$width)
    public var width = 64
    /// Of the small extractor alone.
    @Setting(Settings.features.$channels)
    public var channels = SmallExtractor.usualWidths
    /// None leaves the inputs as they are.
    @Setting(Settings.features.$normalization)
    public var normalization: InputNormalization? = nil

    /// Of the same meaning.
    private static let features = Features.Settings()
  }

  public static let name = "resnet18"
  public static let summary = "ResNet-18 without dynamics (the small extractor on small images)"
  public static let reference = "He et al. 2016, Deep Residual Learning for Image Recognition"

  public static func defaults(for input: ModelInput) -> Settings {
    Settings(extractor: .preset(for: input))
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    ResNet18Model(
      classCount: input.classCount,
      network: try Features(
        .init(
          extractor: settings.extractor, dimension: input.classCount, radius: 0,
          width: settings.width, channels: settings.channels,
          normalization: settings.normalization),
        path: nil, input: input, generator: generator, dtype: dtype, device: device))
  }
}

struct ResNet18Model: TrainableClassifier, TrainedClassifier {
  let classCount: Int
  let network: Features

  var state: ModuleState { network.state.prefixed("extractor") }

  var hiddenUnits: [HiddenUnits] { network.hiddenUnits.map { $0.prefixed("extractor") } }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    Objective(crossEntropyOf: try trainingLogits(images), labels: labels, evaluations: 0)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor { network(images, mode: .training) }

  func trained() -> any TrainedClassifier {
    ResNet18Model(classCount: classCount, network: network.foldedForInference())
  }

  func logits(_ images: Tensor) throws -> Tensor { network(images, mode: .inference) }
}

extension ResNet18Model: LipschitzCertifiable {
  /// The features are the scores: rows of an identity, √2 apart.
  func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    try LipschitzChain(
      features: network, flowBound: 1, slopes: ScoreSlopes(weight: .identity(classCount)),
      scores: logits
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}
