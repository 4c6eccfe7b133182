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
    /// From an input to the state h(0).
    public var features: Features.Settings
    @Setting("γ, taken from the diagonal; 0 conserves the energy", .weight)
    public var damping = 0.01
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
  }

  public static let name = "antisymmetric-node"
  public static let summary = "Neural ODE with a skew-symmetric field, whose energy never grows"
  public static let reference =
    "Chang et al. 2019, AntisymmetricRNN; Huang et al. 2022, SONet (stabilized neural ODEs)"

  public static func defaults(for input: ModelInput) -> Settings {
    Settings(features: Backbone.Settings.defaults(for: input, radius: 0).features)
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try NeuralODEModel(
      settings.features, settings.flow, input: input, generator: generator, dtype: dtype,
      device: device
    ) {
      AntisymmetricField(
        dimension: settings.features.dimension, damping: settings.damping, generator: generator,
        dtype: dtype, device: device)
    }
  }
}

/// A field whose matrix is skew-symmetric but for a damping,
///
///     f(h) = tanh(A h + b),   A = W - Wᵀ - γ I,   γ ≥ 0
///
/// (Haber and Ruthotto 2017; Chang, Chen, Haber, Chi 2019, "AntisymmetricRNN").
///
/// **What is stable.** With u = A h + b, trajectories satisfy du/dt = A tanh(u), so that the energy
///
///     E(h) = Σ_i ln cosh u_i,   dE/dt = tanh(u)ᵀ A tanh(u) = -γ |tanh(u)|²,
///
/// never grows, as W - Wᵀ neither gives to it nor takes from it, whatever the weights: it is conserved
/// for γ = 0 and falls wherever the field is not 0 for γ > 0. So |A h + b| stays bounded. The eigenvalues of the Jacobian diag(1 - tanh²) A have no positive real part. Neither says
/// that trajectories approach each other: the Jacobian's symmetric part has positive eigenvalues, and
/// distances may grow.
public struct AntisymmetricField: Field {
  /// W, [d, d].
  let weight: Tensor
  /// b, [d].
  let bias: Tensor
  /// γ.
  public let damping: Double

  /// Creates a field with W and b uniform on ±1/√d.
  ///
  /// - Parameter damping: γ ≥ 0.
  public init(
    dimension: Int, damping: Double, generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    weight = generator.parameter(
      [dimension, dimension], fanIn: dimension, dtype: dtype, device: device)
    bias = generator.parameter([dimension], fanIn: dimension, dtype: dtype, device: device)
    self.damping = damping
  }

  public var state: ModuleState { ModuleState(parameters: ["weight": weight, "bias": bias]) }

  /// A, [d, d], recorded.
  public var matrix: Tensor {
    weight - weight.transposed - Tensor.identity(weight.shape[0]).like(weight) * damping
  }

  /// f(h), [N, d].
  public func callAsFunction(_ h: Tensor) -> Tensor { prepared()(h) }

  public func prepared() -> (Tensor) -> Tensor {
    let matrix = matrix
    return { $0.linear(weight: matrix, bias: bias).tanh }
  }

  /// E(h), [N].
  public func energy(at h: Tensor) -> Tensor {
    let u = h.linear(weight: matrix, bias: bias).magnitude
    // ln cosh u = |u| + ln(1 + e^(-2|u|)) - ln 2.
    return (u + ((u * -2).exp + 1).log - Tensor(2.0, dtype: u.dtype, device: u.device).log)
      .sum(along: 1)
  }
}

extension AntisymmetricField: JacobianBounded {
  public var jacobianBall: JacobianBall {
    JacobianBall(
      first: matrix, second: .identity(weight.shape[0]).like(weight),
      slopes: Activation.tanh.slopes)
  }
}
