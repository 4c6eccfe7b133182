import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// CH-NODE: a Neural ODE whose field is Hamiltonian with enough damping to contract, by construction,
/// whatever its weights (Zakwan, Xu, Ferrari-Trecate 2023); cross entropy on a linear map of y(T).
///
/// The publication's text could not be read; the field and the formulas of the damping are from its
/// code. Deviations: an adaptive solver (forward Euler there, with a step outside its stability
/// region for the published κ), weights that do not depend on time, so no penalty on their changes
/// (as in the code's first example; its MNIST one has layers of their own at every step, on each
/// pixel's 8 channels), K drawn as a layer's weights instead of from a normal distribution of
/// deviation 1, κ = 0.5, g set before the first step too (0 there).
public enum CHNODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// From an input to the state h(0).
    public var features: Features.Settings
    /// n.
    @Setting("columns of K (code: as many as rows)", .width)
    public var hidden: Int
    @Setting(
      "κ of the quadratic part (code: 0.2 and 0.02, which make the equation stiff)", .positive)
    public var kappa = 0.5
    /// How strongly the field is damped.
    public var damping = HamiltonianDamping()
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
  }

  public static let name = "ch-node"
  public static let summary = "Neural ODE with a contractive Hamiltonian field"
  public static let reference =
    "Zakwan, Xu, Ferrari-Trecate 2023, On Robust Classification using Contractive Hamiltonian "
    + "Neural ODEs"

  /// A square K, as in the code, at least 16 wide. Tolerances are below the others': absolute
  /// ones count for more as the states shrink, and at 0.1 training fits the solver's error instead of
  /// the equation (on digits with κ = 1, 89 % of training images in use at a loss of 0.05).
  public static func defaults(for input: ModelInput) -> Settings {
    let features = Backbone.Settings.defaults(for: input, radius: 0).features
    var settings = Settings(features: features)
    settings.features.$dimension.text = "d of the state, even: positions and momenta"
    settings.hidden = max(features.dimension, 16)
    settings.flow.trainingTolerance = 0.01
    settings.flow.tolerance = 1e-5
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    guard settings.features.dimension % 2 == 0 else {
      throw SettingsError(
        setting: "features.dimension", expected: "an even number, of positions and momenta",
        found: "\(settings.features.dimension)")
    }
    return try CHNODE(settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}

/// The model in training; in use it is a Neural ODE with this field.
public struct CHNODE: TrainableClassifier {
  /// Its parameters, damping and rate.
  public let field: ContractiveHamiltonianField
  private let plain: NeuralODEModel

  init(
    _ settings: CHNODEMethod.Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws {
    let dimension = settings.features.dimension
    let features = try Features(
      settings.features, input: input, generator: generator, dtype: dtype, device: device)
    field = ContractiveHamiltonianField(
      dimension: dimension, hidden: settings.hidden, kappa: settings.kappa,
      damping: settings.damping, generator: generator, dtype: dtype, device: device)
    plain = NeuralODEModel(
      backbone: Backbone(
        features: features, field: field,
        flow: try Flow(settings.flow)),
      head: Linear(
        inputs: dimension, outputs: input.classCount, hasBias: false, generator: generator,
        dtype: dtype, device: device))
  }

  public var state: ModuleState { plain.state }

  public func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    try plain.objective(images: images, labels: labels, step: step)
  }

  public func trainingLogits(_ images: Tensor) throws -> Tensor {
    try plain.trainingLogits(images)
  }

  public func restoreConstraints() { field.renewGain() }

  public func trained() -> any TrainedClassifier { plain.trained() }
}
