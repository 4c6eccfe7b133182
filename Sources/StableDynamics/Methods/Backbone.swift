import DifferentialEquations
import NeuralNetworks
import Tensors

/// What the neural ODEs of the family share: features φ, a field f and its flow.
public struct Backbone: Module {
  public struct Settings: Codable, Sendable, Hashable {
    public var features: Features.Settings
    /// Hidden width of the field.
    public var hidden: Int
    public var flow: Flow.Settings

    public init(features: Features.Settings, hidden: Int = 256, flow: Flow.Settings = .init()) {
      self.features = features
      self.hidden = hidden
      self.flow = flow
    }

    /// The preset for an input: d = 2 for points, 64 for small images, 256 for larger ones.
    public static func defaults(for input: ModelInput, radius: Double) -> Settings {
      if input.shape.count == 1 {
        let center = InputNormalization(
          mean: [Double](repeating: 0.5, count: input.shape[0]),
          deviation: [Double](repeating: 0.2, count: input.shape[0]))
        return Settings(
          features: .init(dimension: 2, radius: 0, normalization: center), hidden: 64)
      }
      return Settings(features: .init(dimension: input.shape[1] <= 16 ? 64 : 256, radius: radius))
    }
  }

  public let features: Features
  public let field: TanhField
  public let flow: Flow

  public init(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws {
    guard settings.hidden >= 1 else {
      throw SettingsError(
        setting: "backbone.hidden", expected: "at least 1", found: "\(settings.hidden)")
    }
    features = try SettingsError.within("backbone.features") {
      try Features(
        settings.features, input: input, generator: generator, dtype: dtype, device: device)
    }
    field = TanhField(
      dimension: settings.features.dimension, hidden: settings.hidden, generator: generator,
      dtype: dtype, device: device)
    flow = try SettingsError.within("backbone.flow") { try Flow(settings.flow) }
  }

  private init(features: Features, field: TanhField, flow: Flow) {
    self.features = features
    self.field = field
    self.flow = flow
  }

  public var state: ModuleState {
    features.state.prefixed("extractor") + field.state.prefixed("dynamics")
  }

  /// The same for use: batch normalisation folded into the convolutions.
  public var folded: Backbone {
    Backbone(features: features.foldedForInference(), field: field, flow: flow)
  }

  /// h(0) of images, in use.
  public func initialState(_ images: Tensor) -> Tensor { features(images, mode: .inference) }

  /// h(T) of images, in use.
  public func finalState(_ images: Tensor) throws -> Tensor {
    try flow.end(of: { field($0) }, from: initialState(images))
  }
}
