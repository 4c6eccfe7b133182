import DifferentialEquations
import NeuralNetworks
import Tensors

/// f(h, z) = W_2 a(W_0 (h, z) + b_0) + b_2 of a state h and the state z of a delay before, [N, d] each.
struct DelayedField: Module {
  let first: Linear
  let second: Linear
  let activation: Activation

  init(
    dimension: Int, hidden: Int, activation: Activation, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    first = Linear(
      inputs: 2 * dimension, outputs: hidden, generator: generator, dtype: dtype, device: device)
    second = Linear(
      inputs: hidden, outputs: dimension, generator: generator, dtype: dtype, device: device)
    self.activation = activation
  }

  var state: ModuleState { first.state.prefixed("0") + second.state.prefixed("2") }

  func callAsFunction(_ h: Tensor, _ delayed: Tensor) -> Tensor {
    second(activation(first(.concatenated([h, delayed], along: 1))))
  }
}
