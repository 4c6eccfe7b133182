import NeuralNetworks
import StableDynamics
import Tensors

/// FI-ODE's field on the simplex of class scores,
///
///     f̂(η, x) = W_3 relu(W_2 relu(W_1 η + U φ(x) + b_1) + b_2) + b_3,
///
/// made admissible by a `SimplexBarrier`. W_1, W_2, W_3 and U have orthonormal columns or rows, so that f̂
/// grows by no more than η and φ(x) do. In the published code they are Cayley transforms; here the
/// nearest orthonormal matrix takes the place of each after every step of the optimizer, and the
/// certificate measures the norms that it finds.
public struct SimplexField: Module, Sendable {
  /// W_1, b_1; W_2, b_2; W_3, b_3.
  let layers: [Linear]
  /// U.
  let input: Linear
  /// What keeps states on the simplex, whatever f̂.
  public let barrier: SimplexBarrier

  /// - Parameters:
  ///   - dimension: d of φ(x).
  ///   - hidden: m, the width of both hidden layers.
  public init(
    classCount: Int, dimension: Int, hidden: Int, barrier: SimplexBarrier,
    generator: RandomGenerator, dtype: DType = .float32, device: Device = .cpu
  ) {
    func layer(_ inputs: Int, _ outputs: Int, hasBias: Bool = true) -> Linear {
      let weight = generator.normal([outputs, inputs], dtype: .float64)
        .nearestOrthonormal(iterations: 40).to(dtype).to(device).differentiable()
      let bias = Tensor.zeros([outputs], dtype: dtype, device: device).differentiable()
      return Linear(weight: weight, bias: hasBias ? bias : nil)
    }
    layers = [layer(classCount, hidden), layer(hidden, hidden), layer(hidden, classCount)]
    input = layer(dimension, hidden, hasBias: false)
    self.barrier = barrier
  }

  private init(layers: [Linear], input: Linear, barrier: SimplexBarrier) {
    self.layers = layers
    self.input = input
    self.barrier = barrier
  }

  /// L, the number of corners of the simplex.
  public var classCount: Int { layers[2].weight.shape[0] }

  public var state: ModuleState {
    layers[0].state.prefixed("0") + input.state.prefixed("input") + layers[1].state.prefixed("2")
      + layers[2].state.prefixed("4")
  }

  /// Brings the matrices back to orthonormal ones.
  func restoreConstraints() {
    for layer in layers + [input] {
      layer.weight.assign(
        withoutGradients { layer.weight.detached.nearestOrthonormal(iterations: 6) })
    }
  }

  /// The same with constant weights in another element type.
  func constant(in dtype: DType) -> SimplexField {
    func constant(_ layer: Linear) -> Linear {
      Linear(weight: layer.weight.detached.to(dtype), bias: layer.bias?.detached.to(dtype))
    }
    return SimplexField(
      layers: layers.map(constant), input: constant(input), barrier: barrier)
  }

  /// What f̂ depends on of an image: U φ(x), [N, m] of features [N, d].
  public func context(_ features: Tensor) -> Tensor { input(features) }

  /// f̂ of states [..., C] and contexts that fit [..., m].
  public func nominal(_ states: Tensor, context: Tensor) -> Tensor {
    layers[2](layers[1]((layers[0](states) + context).relu).relu)
  }

  /// f of states [..., C].
  public func callAsFunction(_ states: Tensor, context: Tensor) -> Tensor {
    barrier.admissible(nominal(states, context: context), at: states)
  }

  /// f with f̂ squeezed between -α and the ceiling α_2 (1 - η) by a sigmoid, in which nothing is clipped, so
  /// that every score has a slope: for the first epochs (`scale_nominal` in the code).
  func squeezed(_ states: Tensor, context: Tensor, ceiling: Double) -> Tensor {
    let floor = barrier(states)
    let room = (1 - states) * ceiling + floor
    let nominal = room * nominal(states, context: context).sigmoid - floor
    return barrier.admissible(nominal, at: states)
  }
}
