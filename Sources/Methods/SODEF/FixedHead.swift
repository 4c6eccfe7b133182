import NeuralNetworks
import StableDynamics
import Tensors

/// The classifier of SODEF and ASODE, which does not learn: without bias, its rows of length 1 with the
/// least maximal cosine.
struct FixedHead: Module {
  /// [L, d].
  let weight: Tensor

  init(
    classCount: Int, dimension: Int, generator: RandomGenerator, dtype: DType, device: Device
  ) {
    weight = Equilibria.leastMaximalCosine(
      count: classCount, dimension: dimension, radius: 1, generator: generator, dtype: dtype
    ).to(device)
  }

  var state: ModuleState { ModuleState(buffers: ["weight": weight]) }

  /// Scores [N, L] of states [N, d].
  func callAsFunction(_ states: Tensor) -> Tensor { states.linear(weight: weight) }
}
