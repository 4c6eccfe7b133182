import NeuralNetworks
import Tensors

/// The map of a deep equilibrium model, g(z; c) = tanh(W z + c), and its fixed point z*(c).
///
/// With ‖W‖ ≤ γ < 1, which `restoreConstraints` sees to, g is a contraction for every c: there is one fixed
/// point, ‖z - z*‖ ≤ ‖g(z) - z‖ / (1 - γ), and I - ∂g/∂z is regular.
struct EquilibriumMap: Module, Sendable {
  /// W, [d, d].
  let weight: Tensor
  /// γ.
  let gain: Double
  let acceleration: AndersonAcceleration

  init(
    dimension: Int, gain: Double, acceleration: AndersonAcceleration, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    weight = generator.parameter(
      [dimension, dimension], fanIn: dimension, dtype: dtype, device: device)
    self.gain = gain
    self.acceleration = acceleration
    restoreConstraints()
  }

  var state: ModuleState { ModuleState(parameters: ["weight": weight]) }

  /// Makes W shorter where its norm exceeds γ.
  func restoreConstraints() {
    let norm = weight.to(.float64).spectralNormBounds.item
    if norm > gain { weight.assign(weight.detached * (gain / norm)) }
  }

  /// g(z; c), recorded.
  func callAsFunction(_ z: Tensor, input c: Tensor) -> Tensor {
    (z.linear(weight: weight) + c).tanh
  }

  /// z*(c) of inputs [N, d], recorded.
  ///
  /// The iteration is not differentiated. At its end z stands a step of Newton's method,
  ///
  ///     z* = z + (I - J)⁻¹ (g(z; c) - z),   J = ∂g/∂z = diag(1 - g²) W,
  ///
  /// with z and J as constants: the derivative of its right-hand side is (I - J)⁻¹ ∂g/∂(W, c), that of the
  /// implicit function theorem, and what is left of the residual is squared.
  func fixedPoint(_ c: Tensor) -> Tensor {
    let z = acceleration(from: .zeros(like: c.detached)) { self($0, input: c.detached) }
    let image = self(z, input: c)
    let regular = withoutGradients {
      Tensor.identity(z.shape[1], dtype: z.dtype, device: z.device)
        - (1 - image.detached.squared).unsqueezed(2) * weight.detached
    }
    return z + regular.solution((image - z).unsqueezed(2)).squeezed(2)
  }
}
