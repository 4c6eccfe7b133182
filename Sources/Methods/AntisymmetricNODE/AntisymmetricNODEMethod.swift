import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// A Neural ODE with a skew-symmetric field, with damping; cross entropy on a linear map of h(T).
///
/// Huang, Yu, Zhang, Ma, Yao 2022 ("Adversarial robustness of stabilized neural ODE might be from
/// obfuscated gradients") call a network with skew-symmetric blocks SONet and find that its robustness
/// is its solver's: attacks through other solvers, as in `dynamicsSurrogates`, undo it. Their text
/// could not be read; the field is that of Chang et al. 2019, see `AntisymmetricField`, on vectors.
public enum AntisymmetricNODEMethod: Method {
  public struct Settings: Codable, Sendable {
    public var features: Features.Settings
    /// γ.
    public var damping = 0.01
    public var flow = Flow.Settings()
  }

  public static let name = "antisymmetric-node"
  public static let summary = "Neural ODE with a skew-symmetric field, whose energy never grows"
  public static let reference =
    "Chang et al. 2019, AntisymmetricRNN; Huang et al. 2022, SONet (stabilized neural ODEs)"
  public static let notes =
    Features.Settings.notes.prefixed("features") + Flow.Settings.notes.prefixed("flow") + [
      "damping": .init("γ, taken from the diagonal; 0 conserves the energy", .weight)
    ]

  public static func defaults(for input: ModelInput) -> Settings {
    Settings(features: Backbone.Settings.defaults(for: input, radius: 0).features)
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let features = try SettingsError.within("features") {
      try Features(
        settings.features, input: input, generator: generator, dtype: dtype, device: device)
    }
    let field = AntisymmetricField(
      dimension: settings.features.dimension, damping: settings.damping, generator: generator,
      dtype: dtype, device: device)
    return NeuralODEModel(
      backbone: Backbone(features: features, field: field, flow: try Flow(settings.flow)),
      head: Linear(
        inputs: settings.features.dimension, outputs: input.classCount, hasBias: false,
        generator: generator, dtype: dtype, device: device))
  }
}
