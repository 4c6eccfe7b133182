import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// What LyaNet and FxTS-Net share: an extractor of the modulation M(x), the modulated field and its
/// flow from h(0) = 0. The state at T is the logits; there is no classifier behind it.
public struct ModulatedBackbone: Module {
  /// What such a backbone is made of, in a method's settings.
  public struct Settings: Codable, Sendable, Hashable {
    /// Of the modulation; the dimension is the square of its width m.
    public var features: Features.Settings
    @Setting("whether the velocity is a mean of directions to anchors (code: no)")
    public var restrictToSimplex = false
    @Setting(
      "g, a factor of the velocity, at the start (code: 100; 1 with cross entropy)", .positive)
    public var gain = 1.0
    @Setting(
      "ε of n = r/√(|r|² + ε²), the direction of the velocity (code: 1e-12)", .numbers(1e-12...1e6))
    public var smoothing = 0.1
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()

    /// - Parameter features: of the modulation; its dimension is then said to be m².
    public init(features: Features.Settings) {
      self.features = features
      self.features.$dimension.text =
        "m², elements of the m x m modulation M(x) (code: 16384 = 128²)"
    }

    /// m = 32 for small models and the published 128 for those of the paper's size.
    public static func defaults(for input: ModelInput) -> Settings {
      var features = Backbone.Settings.defaults(for: input, radius: 0).features
      let width = input.scale == .small ? 32 : 128
      features.dimension = width * width
      return Settings(features: features)
    }
  }

  /// The extractor, whose features are the elements of M(x).
  public let features: Features
  /// f(h; M(x)), which the images share but for M.
  public let field: ModulatedField
  /// The solver and T.
  public let flow: Flow
  /// m.
  public let width: Int

  /// Creates the modulation and the field with initial weights.
  ///
  /// - Throws: `SettingsError` unless there are two classes, and m² features with a whole number m.
  public init(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws {
    guard input.classCount >= 2 else {
      throw SettingsError(setting: "classes", expected: "at least 2", found: "\(input.classCount)")
    }
    flow = try Flow(settings.flow, path: "backbone.flow")
    (features, field, width) = try SettingsError.within("backbone") {
      let dimension = settings.features.dimension
      let width = Int(Double(max(dimension, 0)).squareRoot().rounded())
      guard width >= 1, width * width == dimension else {
        throw SettingsError(
          setting: "features.dimension", expected: "a square, the elements of the modulation",
          found: "\(dimension)")
      }
      return (
        try Features(
          settings.features, input: input, generator: generator, dtype: dtype, device: device),
        ModulatedField(
          classCount: input.classCount, width: width,
          isRestrictedToSimplex: settings.restrictToSimplex, gain: settings.gain,
          smoothing: settings.smoothing,
          generator: generator, dtype: dtype, device: device),
        width
      )
    }
  }

  private init(folding backbone: ModulatedBackbone) {
    features = backbone.features.foldedForInference()
    field = backbone.field
    flow = backbone.flow
    width = backbone.width
  }

  public var state: ModuleState {
    features.state.prefixed("extractor") + field.state.prefixed("dynamics")
  }

  /// The same for use: batch normalisation folded into the convolutions.
  public var folded: ModulatedBackbone { ModulatedBackbone(folding: self) }

  /// M(x) of images, [N, m, m].
  public func modulation(_ images: Tensor, mode: ForwardMode) -> Tensor {
    features(images, mode: mode).reshaped([-1, width, width])
  }

  /// h(0) = 0 of images with the given modulation, [N, C].
  public func initialState(_ modulation: Tensor) -> Tensor {
    .zeros(
      [modulation.shape[0], field.classCount], dtype: modulation.dtype, device: modulation.device)
  }

  /// The field, without dropout, of samples with the given modulation.
  public func vectorField(_ modulation: Tensor) -> VectorField {
    .conditioned(on: modulation) { field($0, modulation: $1) }
  }

  /// The field and h(0) = 0 of images with the given modulation, in use.
  func problem(modulation: Tensor) -> InitialValueProblem {
    InitialValueProblem(field: vectorField(modulation), from: initialState(modulation))
  }

  /// The solution from h(0) to h(T) of images, in use.
  ///
  /// - Throws: `IntegrationFailure`.
  public func solution(_ images: Tensor) throws -> Solution {
    try flow.solution(of: problem(modulation: modulation(images, mode: .inference)))
  }

  /// The solution from h(0) to h(T) of images in training, recorded.
  ///
  /// - Throws: `IntegrationFailure`.
  public func trainingSolution(_ images: Tensor) throws -> Solution {
    let modulation = modulation(images, mode: .training)
    return try flow.training(
      of: vectorField(modulation), from: initialState(modulation), isSampled: false)
  }
}
