import Foundation
import NeuralNetworks
import StableDynamics
import Tensors

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
