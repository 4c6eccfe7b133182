import NeuralNetworks
import Tensors

/// A perceptron field whose weights are functions of time,
///
///     f(h, t) = W_2(t) a(W_0(t) h + b_0(t)) + b_2(t),   W(t) = Σ_k β_k(t/T) W_k,
///
/// as an autonomous one of the state (h, t), [N, d + 1], with dt/dt = 1. So samples may have times of their
/// own, and whatever takes a field f(h) takes this one.
package struct TimeVaryingField: Field {
  /// T.
  package let horizon: Double
  package let first: TimeVaryingLinear
  package let second: TimeVaryingLinear
  package let activation: Activation

  /// - Parameter dimension: d, without the time.
  package init(
    dimension: Int, hidden: Int, activation: Activation, dependence: TimeDependence,
    horizon: Double, generator: RandomGenerator, dtype: DType = .float32, device: Device = .cpu
  ) {
    func layer(_ inputs: Int, _ outputs: Int) -> TimeVaryingLinear {
      TimeVaryingLinear(
        inputs: inputs, outputs: outputs, dependence: dependence, generator: generator,
        dtype: dtype, device: device)
    }
    self.horizon = horizon
    self.activation = activation
    first = layer(dimension, hidden)
    second = layer(hidden, dimension)
  }

  package var state: ModuleState { first.state.prefixed("0") + second.state.prefixed("2") }

  /// f of states with their times behind, and 1 for the time.
  package func callAsFunction(_ states: Tensor) -> Tensor {
    let dimension = states.shape[1] - 1
    let time = states.sliced(dimension..<dimension + 1, along: 1)
    let basis = first.dependence.values(time.squeezed(1) / horizon)
    let hidden = activation(first(states.sliced(0..<dimension, along: 1), basis))
    return .concatenated([second(hidden, basis), .ones(like: time)], along: 1)
  }
}

extension Tensor {
  /// States [N, d] of states that may have their time behind them, [N, d + 1].
  package func withoutTime(dimension: Int) -> Tensor {
    shape[1] == dimension ? self : sliced(0..<dimension, along: 1)
  }
}
