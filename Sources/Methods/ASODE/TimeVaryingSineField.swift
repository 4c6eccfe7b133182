import NeuralNetworks
import StableDynamics
import Tensors

/// SODEF's field of two layers with weights that are functions of time,
///
///     f(z, t) = -sin(W_2(t) s + b_2(t)),   s = -sin(W_1(t) z + b_1(t)),
///
/// as an autonomous one of the state (z, t), [N, d + 1], with dt/dt = 1.
struct TimeVaryingSineField: Field {
  let first: TimeVaryingLinear
  let second: TimeVaryingLinear
  /// T.
  let horizon: Double

  /// - Parameter dimension: d, without the time.
  init(
    dimension: Int, hidden: Int, dependence: TimeDependence, horizon: Double,
    generator: RandomGenerator, dtype: DType = .float32, device: Device = .cpu
  ) {
    func layer(_ inputs: Int, _ outputs: Int) -> TimeVaryingLinear {
      TimeVaryingLinear(
        inputs: inputs, outputs: outputs, dependence: dependence, generator: generator,
        dtype: dtype, device: device)
    }
    first = layer(dimension, hidden)
    second = layer(hidden, dimension)
    self.horizon = horizon
  }

  var state: ModuleState { first.state.prefixed("0") + second.state.prefixed("2") }

  /// f of states with their times behind, and 1 for the time.
  func callAsFunction(_ states: Tensor) -> Tensor {
    let dimension = states.shape[1] - 1
    let time = states.sliced(dimension..<dimension + 1, along: 1)
    let basis = first.dependence.values(time.squeezed(1) / horizon)
    let hidden = -first(states.sliced(0..<dimension, along: 1), basis).sin
    return .concatenated([-second(hidden, basis).sin, .ones(like: time)], along: 1)
  }

  /// f at one time over T: an autonomous field with its Jacobian in closed form, recorded.
  func frozen(at share: Double) -> SineField {
    SineField(layers: [first.frozen(at: share), second.frozen(at: share)])
  }
}
