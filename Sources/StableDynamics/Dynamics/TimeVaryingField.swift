import NeuralNetworks
import Tensors

/// A perceptron field whose weights are functions of time,
///
///     f(h, t) = W_2(t) a(W_0(t) h + b_0(t)) + b_2(t),   W(t) = Σ_k β_k(t/T) W_k,
///
/// as an autonomous one of the state (h, t), [N, d + 1], with dt/dt = 1. So samples may have times of their
/// own, and whatever takes a field f(h) takes this one.
///
/// W(t) x + b(t) is one product of all W_k and b_k side by side with β(t) ⊗ (x, 1).
struct TimeVaryingField: Field {
  let dependence: TimeDependence
  /// T.
  let horizon: Double
  let first: Linear
  let second: Linear
  let activation: Activation

  /// - Parameter dimension: d, without the time.
  init(
    dimension: Int, hidden: Int, activation: Activation, dependence: TimeDependence,
    horizon: Double, generator: RandomGenerator, dtype: DType = .float32, device: Device = .cpu
  ) {
    func layer(_ inputs: Int, _ outputs: Int) -> Linear {
      Linear(
        inputs: dependence.terms * (inputs + 1), outputs: outputs, hasBias: false,
        generator: generator, dtype: dtype, device: device)
    }
    self.dependence = dependence
    self.horizon = horizon
    self.activation = activation
    first = layer(dimension, hidden)
    second = layer(hidden, dimension)
  }

  var state: ModuleState { first.state.prefixed("0") + second.state.prefixed("2") }

  /// f of states with their times behind, and 1 for the time.
  func callAsFunction(_ states: Tensor) -> Tensor {
    let dimension = states.shape[1] - 1
    let time = states.sliced(dimension..<dimension + 1, along: 1)
    let basis = dependence.values(time.squeezed(1) / horizon)
    let hidden = activation(product(first, states.sliced(0..<dimension, along: 1), basis))
    return .concatenated([product(second, hidden, basis), .ones(like: time)], along: 1)
  }

  /// W(t) x + b(t).
  private func product(_ layer: Linear, _ x: Tensor, _ basis: Tensor) -> Tensor {
    let extended = Tensor.concatenated(
      [x, .ones([x.shape[0], 1], dtype: x.dtype, device: x.device)], along: 1)
    return layer((basis.unsqueezed(2) * extended.unsqueezed(1)).flattened(from: 1))
  }
}
