import Foundation
import NeuralNetworks
import StableDynamics
import Tensors

/// The contractive Hamiltonian field of CH-NODEs (Zakwan, Xu, Ferrari-Trecate 2023, from their code),
///
///     dy/dt = (J - g I) (K tanh(Kᵀ y + b) + κ² y),   J = [0 I; -I 0],
///
/// on states of even dimension. The bracket is the gradient of H(y) = Σ ln cosh(Kᵀ y + b) +
/// κ² |y|² / 2, whose Hessian K diag(1 - tanh²) Kᵀ + κ² I has its eigenvalues between c_1 = κ² and
/// c_2 = κ² + λ_max(Kᵀ K). The damping g follows K, so that the flow contracts for every K that
/// training may find: see `HamiltonianDamping`. (In the source, M is κ I too and does not learn.)
///
/// The Jacobian's norm is up to √(1 + g²) c_2 with g about √c_2 / (2 κ), so a small κ makes the
/// equation stiff, while the rate stays small.
public struct ContractiveHamiltonianField: Field {
  /// K, [d, n].
  let kernel: Tensor
  /// b, [n].
  let bias: Tensor
  /// g, [1], a buffer: not differentiated, and renewed after every step of the optimizer.
  let gain: Tensor
  /// κ.
  let kappa: Double
  /// The formula of g by the bounds c_1 and c_2.
  public let damping: HamiltonianDamping

  /// - Precondition: the dimension is even.
  public init(
    dimension: Int, hidden: Int, kappa: Double, damping: HamiltonianDamping,
    generator: RandomGenerator, dtype: DType = .float32, device: Device = .cpu
  ) {
    precondition(dimension % 2 == 0, "a Hamiltonian field of dimension \(dimension)")
    kernel = generator.parameter(
      [dimension, hidden], fanIn: dimension, dtype: dtype, device: device)
    bias = generator.parameter([hidden], fanIn: dimension, dtype: dtype, device: device)
    gain = .zeros([1], dtype: dtype, device: device)
    self.kappa = kappa
    self.damping = damping
    renewGain()
  }

  public var state: ModuleState {
    ModuleState(parameters: ["K": kernel, "b": bias], buffers: ["gain": gain])
  }

  /// c_1 = κ² and an upper bound of c_2, within two per cent of λ_max(Kᵀ K). What holds for a larger
  /// c_2 holds for the true one.
  public var hessianBounds: (lower: Double, upper: Double) {
    let lower = kappa * kappa
    let norm = kernel.detached.spectralNormBounds.item
    return (lower, lower + norm * norm)
  }

  /// Sets g by K as it stands.
  public func renewGain() {
    let (lower, upper) = hessianBounds
    gain.assign(
      .full(damping.gain(lower, upper), [1], dtype: gain.dtype, device: gain.device))
  }

  /// ρ of ||y - y'||(t) ≤ e^{-ρt} ||y - y'||(0), in the Euclidean norm, for all states.
  public var contractionRate: Double {
    let (lower, upper) = hessianBounds
    return HamiltonianDamping.rate(gain: gain.item, lower, upper)
  }

  /// e^{-ρT}, a Lipschitz constant of the flow over a time T in the Euclidean norm.
  public func flowLipschitzBound(horizon: Double) -> Double { exp(-contractionRate * horizon) }

  /// ∇H(y), [N, d].
  func slope(_ y: Tensor) -> Tensor {
    (y.matmul(kernel) + bias).tanh.linear(weight: kernel)
      .adding([y], weights: [kappa * kappa])
  }

  /// (J - g I) ∇H(y), [N, d].
  public func callAsFunction(_ y: Tensor) -> Tensor {
    let slope = slope(y)
    let half = y.shape[1] / 2
    let (positions, momenta) = (
      slope.sliced(0..<half, along: 1), slope.sliced(half..<2 * half, along: 1)
    )
    // Not the buffer itself, which may change before the backward pass.
    return Tensor.concatenated([momenta, -positions], along: 1) - slope * (gain * 1)
  }
}

extension ContractiveHamiltonianField: JacobianBounded {
  /// J = (J_0 - g I) (K D Kᵀ + κ² I) with D in [0, 1]; ‖J_0 - g I‖ = √(1 + g²).
  public var jacobianBall: JacobianBall {
    let k = kernel.detached.to(.float64)
    let g = gain.item
    let hessian = JacobianBall(first: k.transposed, second: k, slopes: 0...1)
    let identity = Tensor.identity(k.shape[0], dtype: .float64, device: k.device)
    let center = hessian.center + identity * (kappa * kappa)
    let half = k.shape[0] / 2
    let turned = Tensor.concatenated([
      center.sliced(half..<2 * half), -center.sliced(0..<half),
    ])
    return JacobianBall(
      center: turned - center * g, radius: (1 + g * g).squareRoot() * hessian.radius)
  }
}
