import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// φ: images to the initial state h(0), with the layer normalisation that fixes its scale.
public struct Features: Module {
  /// Which network; `automatic` picks by the input: points, square images up to 16 x 16, others.
  public enum Extractor: String, Codable, Sendable, CaseIterable {
    case automatic, small, resnet18, points

    /// What `automatic` picks is also the preset, unless a small model of large images is wanted.
    static func preset(for input: ModelInput) -> Extractor {
      input.shape.count == 3 && input.shape[1] > 16 && input.scale == .small ? .small : .automatic
    }
  }

  /// Which features, in a method's settings.
  public struct Settings: Codable, Sendable, Hashable {
    @Setting("automatic, small (three small convolutions), resnet18 (the paper's) or points")
    public var extractor: Extractor
    @Setting("d of the state h (256 fits the paper's parameter counts)", .dimension)
    public var dimension: Int
    /// ||h(0)||: features are layer-normed to it (without parameters); 0 leaves them raw. The
    /// paper does not say; raw ResNet features saturate W for good.
    @Setting("features are layer-normed to this length; 0 leaves them raw", .weight)
    public var radius: Double
    @Setting("channels of ResNet-18's first stage; the published network has 64", .width)
    public var width: Int
    @Setting("of the small extractor's three convolutions (usually 32, 64 and 64)", .width)
    public var channels: [Int]
    @Setting(InputNormalization.note)
    public var normalization: InputNormalization? = nil

    public init(
      extractor: Extractor = .automatic, dimension: Int = 256, radius: Double = 0, width: Int = 64,
      channels: [Int] = SmallExtractor.usualWidths, normalization: InputNormalization? = nil
    ) {
      self.extractor = extractor
      self.dimension = dimension
      self.radius = radius
      self.width = width
      self.channels = channels
      self.normalization = normalization
    }
  }

  let extractor: any FeatureExtractor
  let radius: Double

  /// - Parameter path: where the settings stand in the method's, for errors; nil where they are its own.
  /// - Throws: `SettingsError`.
  public init(
    _ settings: Settings, path: String? = "features", input: ModelInput, generator: RandomGenerator,
    dtype: DType, device: Device
  ) throws {
    self = try SettingsError.within(path) {
      try Features(settings, input: input) {
        try Self.extractor(settings, input, generator, dtype, device)
      }
    }
  }

  /// Features of a network of a method's own, which is made once the settings are known to be sound.
  init(
    _ settings: Settings, input: ModelInput, network: () throws -> any FeatureExtractor
  ) throws {
    try SettingNotes(of: Settings()).check(settings)
    radius = settings.radius
    let network = try network()
    guard let normalization = settings.normalization else {
      extractor = network
      return
    }
    try normalization.check(for: input)
    extractor = NormalizedExtractor(network, normalization: normalization)
  }

  /// Creates features of an extractor of one's own.
  ///
  /// - Parameter radius: what layer normalisation brings their length to; 0 leaves them raw.
  public init(extractor: any FeatureExtractor, radius: Double) {
    self.extractor = extractor
    self.radius = radius
  }

  private static func extractor(
    _ settings: Settings, _ input: ModelInput, _ generator: RandomGenerator, _ dtype: DType,
    _ device: Device
  ) throws -> any FeatureExtractor {
    func mismatch(_ expected: String) -> SettingsError {
      SettingsError(
        setting: "extractor",
        expected: "one for inputs of shape \(input.shape): \(expected)",
        found: settings.extractor.rawValue)
    }
    var kind = settings.extractor
    if kind == .automatic {
      // The small extractor knows square images alone.
      let isSmall = input.shape.dropFirst().allSatisfy { $0 == input.shape[1] && $0 <= 16 }
      kind = input.shape.count == 1 ? .points : isSmall ? .small : .resnet18
    }
    guard settings.width == 64 || kind == .resnet18 else {
      throw SettingsError(
        setting: "width", expected: "64 for extractors other than resnet18",
        found: "\(settings.width)")
    }
    let usual = SmallExtractor.usualWidths
    guard settings.channels == usual || kind == .small else {
      throw SettingsError(
        setting: "channels", expected: "\(usual) for extractors other than small",
        found: "\(settings.channels)")
    }
    guard settings.channels.count == usual.count else {
      throw SettingsError(
        setting: "channels", expected: "\(usual.count) positive numbers",
        found: "\(settings.channels)")
    }
    switch kind {
    case .automatic, .points:
      guard input.shape.count == 1 else { throw mismatch("small or resnet18") }
      return PointExtractor(
        widths: [input.shape[0], 64, 64, settings.dimension], generator: generator, dtype: dtype,
        device: device)
    case .small:
      guard input.shape.count == 3 else { throw mismatch("points") }
      guard input.shape[1] == input.shape[2] else { throw mismatch("resnet18") }
      return SmallExtractor(
        featureCount: settings.dimension, channels: input.shape[0], imageSize: input.shape[1],
        widths: settings.channels, generator: generator, dtype: dtype, device: device)
    case .resnet18:
      guard input.shape.count == 3 else { throw mismatch("points") }
      return ResNet18(
        featureCount: settings.dimension, channels: input.shape[0], width: settings.width,
        generator: generator, dtype: dtype, device: device)
    }
  }

  public var state: ModuleState { extractor.state }

  /// Units that can be left out, by the names of `state` and the keys of `Settings`.
  public var hiddenUnits: [HiddenUnits] { extractor.hiddenUnits }

  /// φ(x), [N, d]; with products in bfloat16 where `MixedPrecision` is on.
  public func callAsFunction(_ images: Tensor, mode: ForwardMode) -> Tensor {
    let features = MixedPrecision.features(of: images) { extractor($0, mode: mode) }
    return normalization.map { $0(features) } ?? features
  }

  /// φ(x), or tanh of it where features are to be bounded, [N, d].
  func callAsFunction(_ images: Tensor, mode: ForwardMode, isBounded: Bool) -> Tensor {
    let features = self(images, mode: mode)
    return isBounded ? features.tanh : features
  }

  /// The layer normalisation; nil for raw features.
  var normalization: LayerNormalization? {
    radius == 0 ? nil : LayerNormalization(radius: radius)
  }

  /// An upper bound of the Lipschitz constant that holds everywhere. With layer normalisation it
  /// is large: where features hardly vary, normalising them magnifies differences.
  ///
  /// - Parameter shape: of one image, [C, H, W], or point, [d].
  public func lipschitzBound(on shape: [Int]) -> Double {
    let bound = extractor.lipschitzBound(on: shape)
    return normalization.map { bound * $0.lipschitzBound(dimension: extractor.featureCount) }
      ?? bound
  }

  /// The same map with batch normalisation folded into the convolutions.
  public func foldedForInference() -> Features {
    Features(extractor: extractor.foldedForInference(), radius: radius)
  }
}
