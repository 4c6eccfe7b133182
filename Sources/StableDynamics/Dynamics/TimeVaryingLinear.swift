import NeuralNetworks
import Tensors

/// An affine map whose weights are functions of time, W(t) x + b(t) with W(t) = Σ_k β_k(t/T) W_k: one product of
/// all W_k and b_k side by side with β(t) ⊗ (x, 1).
package struct TimeVaryingLinear: Module, Sendable {
  /// (W_k, b_k) for all k, [outputs, K (inputs + 1)].
  package let layer: Linear
  package let dependence: TimeDependence
  package let inputs: Int

  package init(
    inputs: Int, outputs: Int, dependence: TimeDependence, generator: RandomGenerator,
    dtype: DType, device: Device
  ) {
    layer = Linear(
      inputs: dependence.terms * (inputs + 1), outputs: outputs, hasBias: false,
      generator: generator, dtype: dtype, device: device)
    self.dependence = dependence
    self.inputs = inputs
  }

  package var state: ModuleState { layer.state }

  /// Of x [N, inputs] at times with the given β, [N, K].
  package func callAsFunction(_ x: Tensor, _ basis: Tensor) -> Tensor {
    let extended = Tensor.concatenated(
      [x, .ones([x.shape[0], 1], dtype: x.dtype, device: x.device)], along: 1)
    return layer((basis.unsqueezed(2) * extended.unsqueezed(1)).flattened(from: 1))
  }

  /// The map at one time over T, recorded.
  package func frozen(at share: Double) -> Linear {
    let weight = layer.weight
    let basis = dependence.values(
      Tensor.full(share, [1], dtype: weight.dtype, device: weight.device))
    let parts = weight.reshaped([weight.shape[0], dependence.terms, inputs + 1])
    let sum = (parts * basis.reshaped([1, -1, 1])).sum(along: 1)
    return Linear(
      weight: sum.sliced(0..<inputs, along: 1),
      bias: sum.sliced(inputs..<inputs + 1, along: 1).squeezed(1))
  }
}
