import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// ASODE, SODEF for non-autonomous systems (Li, Xin, Liu 2022, *Defending Against Adversarial Attacks via Neural
/// Dynamic System*; from its abstract, as its text could not be read): the features z(0) of training images are
/// made asymptotically stable equilibria of a slowly time-varying system.
///
/// A linear system dx/dt = A(t) x is stable if all eigenvalues of A(t) stay left of a negative bound and A varies
/// slowly enough (Desoer 1969). So SODEF's regularisers of equilibrium, diagonal and dominance
/// (`StabilityRegularizer`) are asked for at a random time of each step, with the Jacobian J(z(0), t), and one more
/// keeps dJ/dt small,
///
///     R_slow = mean (∂J_ij/∂t)²,
///
/// a squared Frobenius norm over d², which `regularizer.probes` estimates without bias, and the diagonal too.
///
/// End to end, with the fixed head of `sodef`. The basis of time, the weights and the form of R_slow are our
/// choice.
public enum ASODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// From an input to z(0).
    public var features: Features.Settings
    @Setting("whether z(0) is tanh of the features, as the scale of R_f needs")
    public var boundedFeatures = true
    @Setting("hidden width of the field, two layers of sines", .width)
    public var hidden: Int
    /// How the field's weights vary with time.
    public var field = TimeDependence()
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
    /// What the regularisers ask of the Jacobians.
    public var regularizer = StabilityRegularizer.Settings()
    /// Weights of the regularisers beside the cross entropy.
    public var weights = StabilityRegularizer.Weights(
      equilibrium: 0.1, diagonal: 0.05, dominance: 0.05)
    @Setting("weight of R_slow, the mean square of dJ/dt", .weight)
    public var slowness = 0.1
  }

  public static let name = "asode"
  public static let summary =
    "ASODE: features as stable equilibria of a slowly time-varying field (after Li et al. 2022)"
  public static let reference =
    "Li, Xin, Liu 2022, Defending Against Adversarial Attacks via Neural Dynamic System"

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 0)
    var settings = Settings(features: backbone.features)
    settings.hidden = backbone.hidden
    settings.field.time = .fourier
    settings.field.terms = 3
    // The sines of sums of waves are steep: below it, rounding changes steps and steps change results.
    settings.flow.tolerance = 1e-4
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try SettingsError.require(
      settings.field.time != .none, "field.time",
      "piecewise, polynomial or fourier, as sodef is the method of constant weights",
      settings.field.time.rawValue)
    try StabilityRegularizer(settings.regularizer).requireMeasurable(settings.weights, "weights")
    return try ASODE(settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
