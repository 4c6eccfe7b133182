import DifferentialEquations
import Foundation
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// A Neural ODE with a conservative field (after Zhao et al. 2023, *Adversarial Robustness in Graph Neural Networks:
/// A Hamiltonian Approach*, whose networks are of graphs): features are positions and momenta, an energy is
/// learned, and a linear map of y(T) classifies, trained by cross entropy.
///
/// The publication's point is that stability in the sense of Lyapunov is no robustness: a field with one stable
/// equilibrium forgets what is to be told apart. Conserved energies keep it. Its energy is a network over a
/// graph with a norm around it; here a sum of ln cosh, whose gradient needs no automatic differentiation.
public enum HamiltonianNODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// From an input to the state h(0).
    public var features: Features.Settings
    @Setting("m, terms of the energy H = Σ w ln cosh(K y + b)", .width)
    public var hidden: Int
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
  }

  public static let name = "hamiltonian-node"
  public static let summary =
    "Neural ODE that conserves a learned energy (after Zhao et al. 2023)"
  public static let reference =
    "Zhao et al. 2023, Adversarial Robustness in Graph Neural Networks: A Hamiltonian Approach"

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 0)
    var settings = Settings(features: backbone.features)
    settings.features.$dimension.text = "d of the state, even: positions and momenta"
    settings.hidden = backbone.hidden
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let dimension = settings.features.dimension
    try SettingsError.require(
      dimension % 2 == 0, "features.dimension", "an even number, of positions and momenta",
      dimension)
    return try NeuralODEModel(
      settings.features, settings.flow, input: input, generator: generator, dtype: dtype,
      device: device
    ) {
      HamiltonianField(
        dimension: dimension, hidden: settings.hidden, generator: generator, dtype: dtype,
        device: device)
    }
  }
}

/// The conservative field of a learned energy on positions q and momenta p, y = (q, p),
///
///     dq/dt = ∂H/∂p,   dp/dt = -∂H/∂q,   H(y) = Σ_k w_k ln cosh(K_k · y + b_k),
///
/// with weights w of either sign. The gradient Kᵀ (w tanh(K y + b)) is in closed form. Along solutions H does not
/// change, and the flow keeps volumes: nothing is attracted in the sense of Lyapunov, and level sets of H hold
/// the states.
struct HamiltonianField: Field {
  /// K, [m, d], and b.
  let layer: Linear
  /// w, [m].
  let weights: Tensor

  /// - Precondition: the dimension is even.
  init(
    dimension: Int, hidden: Int, generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    precondition(dimension % 2 == 0, "a Hamiltonian field of dimension \(dimension)")
    layer = Linear(
      inputs: dimension, outputs: hidden, generator: generator, dtype: dtype, device: device)
    weights = generator.parameter([hidden], fanIn: 1, dtype: dtype, device: device)
  }

  var state: ModuleState {
    layer.state.prefixed("energy") + ModuleState(parameters: ["energy.weights": weights])
  }

  /// H, [N].
  func energy(_ y: Tensor) -> Tensor {
    let size = layer(y).magnitude
    return ((size + (size * -2).exp.log1p - log(2.0)) * weights).sum(along: 1)
  }

  func callAsFunction(_ y: Tensor) -> Tensor {
    let slope = (layer(y).tanh * weights).matmul(layer.weight)
    let half = y.shape[1] / 2
    return .concatenated(
      [slope.sliced(half..<2 * half, along: 1), -slope.sliced(0..<half, along: 1)], along: 1)
  }
}
