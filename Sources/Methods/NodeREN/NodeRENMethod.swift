import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The contracting NodeREN (Martinelli, Galimberti, Manchester, Furieri, Ferrari-Trecate 2023) as a
/// classifier of images: features are the state x(0), cross entropy on a linear map of x(T).
/// `EquilibriumField` has the equations, the proof of the rate and the deviations.
///
/// The paper classifies points this way, without an input u of the network; what it says of
/// dissipative networks needs one and is left out. Features, head and solver are the family's; the
/// paper's ε is 0.08, its states and units are 12 and 6, its R is drawn without the identity.
public enum NodeRENMethod: Method {
  public struct Settings: Codable, Sendable {
    /// From an input to the state h(0).
    public var features: Features.Settings
    @Setting("q, nonlinear units of the field (paper: 6)", .width)
    public var units: Int
    /// Blocks of units that follow from one another; `units` for the paper's triangular D.
    @Setting(
      "blocks of units, each computed from those before it; units for the paper's form, a product "
        + "a unit", .width)
    public var layers = 4
    @Setting("norm of the contraction: learned (paper) or euclidean")
    public var metric = Metric.learned
    @Setting("with slopes in [0, 1]: tanh, relu or softplus")
    public var activation = Activation.tanh
    @Setting("ρ, contraction as e^{-ρt} (paper: α = 2ρ)", .weight)
    public var rate = 0.5
    @Setting("ε, what all matrices exceed 0 by (code: 0.08)", .positive(upTo: 1))
    public var margin = 0.1
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
  }

  /// The norm in which the field contracts.
  public enum Metric: String, Codable, Sendable, CaseIterable {
    /// √(xᵀ P x), P learned.
    case learned
    /// P = I.
    case euclidean
  }

  public static let name = "node-ren"
  public static let summary =
    "Neural ODE by a recurrent equilibrium network that contracts whatever its weights"
  public static let reference =
    "Martinelli et al. 2023, Unconstrained Parametrization of ... Contracting Neural ODEs"

  /// As many units as dimensions, at least 16.
  public static func defaults(for input: ModelInput) -> Settings {
    var settings = Settings(features: Backbone.Settings.defaults(for: input, radius: 0).features)
    settings.units = max(settings.features.dimension, 16)
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try SettingsError.require(
      settings.layers <= settings.units, "layers", "at most \(settings.units), the units",
      settings.layers)
    try SettingsError.require(
      EquilibriumField.serves(settings.activation), "activation",
      "one with slopes in [0, 1]: \(servedActivations)", settings.activation.rawValue)
    return try NeuralODEModel(
      settings.features, settings.flow, input: input, generator: generator, dtype: dtype,
      device: device
    ) {
      EquilibriumField(
        dimension: settings.features.dimension, units: settings.units, layers: settings.layers,
        hasMetric: settings.metric == .learned, activation: settings.activation,
        rate: settings.rate, margin: settings.margin, generator: generator, dtype: dtype,
        device: device)
    }
  }

  private static var servedActivations: String {
    Activation.allCases.filter(EquilibriumField.serves).map(\.rawValue).joined(separator: ", ")
  }
}
