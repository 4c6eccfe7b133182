import StableDynamics
import Tensors
import TestSupport

extension ConvexArchitectureKind {
  /// Three layers on a state of four dimensions.
  package func network(
    seed: UInt64, classCount: Int = 4, dimension: Int = 4, dtype: DType = .float64
  ) -> any ConvexArchitecture {
    build(
      classCount: classCount, dimension: dimension, sizes: [7, 5, 1], contextSizes: [6, 3],
      generator: RandomGenerator(seed: seed), dtype: dtype)
  }

  /// V of four classes around random equilibria at distance 3.
  package func lyapunov(
    seed: UInt64, classCount: Int = 4, dimension: Int = 4, dtype: DType = .float64
  ) -> LyapunovFunction {
    let equilibria = Equilibria.leastMaximalCosine(
      count: classCount, dimension: dimension, radius: 3,
      generator: RandomGenerator(seed: seed, keys: 1), dtype: dtype)
    let network = network(
      seed: seed, classCount: classCount, dimension: dimension, dtype: dtype)
    return LyapunovFunction(networks: network.networks(for: equilibria), equilibria: equilibria)
  }
}

/// V_i = δ ||h - c_i||²: g is constant, as all of its weights are 0.
package func quadraticLyapunov(
  _ equilibria: [[Double]], weight delta: Double = 0.5, dtype: DType = .float64
) -> LyapunovFunction {
  let (count, dimension) = (equilibria.count, equilibria[0].count)
  func zeros(_ shape: [Int]) -> Tensor { .zeros(shape, dtype: dtype) }
  return LyapunovFunction(
    networks: ClassConvexNetworks(layers: [
      .init(hidden: nil, input: zeros([count, 3, dimension]), bias: zeros([count, 3])),
      .init(
        hidden: zeros([count, 1, 3]), input: zeros([count, 1, dimension]), bias: zeros([count, 1])),
    ]),
    equilibria: Tensor(equilibria.flatMap { $0 }, shape: [count, dimension]).to(dtype),
    quadraticWeight: delta)
}

/// ln(1 + e^a) from recorded operations, exact in the tails and differentiable twice.
package func plainSoftplus(_ a: Tensor) -> Tensor { a.relu + (-a.magnitude).exp.log1p }

/// g of one class at points [N, d], from recorded operations only: [N].
package func plainValues(_ networks: ClassConvexNetworks, class label: Int, at x: Tensor) -> Tensor
{
  var z: Tensor?
  for layer in networks.layers {
    var a = x.linear(weight: layer.input[label], bias: layer.bias[label])
    if let hidden = layer.hidden, let below = z { a = a + below.linear(weight: hidden[label]) }
    z = plainSoftplus(a)
  }
  return z!.squeezed(1)
}

/// g of each point's own class.
package func plainValues(_ networks: ClassConvexNetworks, classes: [Int], at x: Tensor) -> Tensor {
  let columns = (0..<networks.classCount).map { plainValues(networks, class: $0, at: x) }
  return Tensor.stacked(columns, along: 1).gathering(columns: int64(classes))
}

/// V of each point's own class, from recorded operations only: [N].
package func plainValues(_ lyapunov: LyapunovFunction, classes: [Int], at points: Tensor) -> Tensor
{
  let x = points - lyapunov.equilibria.selecting(int64(classes))
  let t =
    plainValues(lyapunov.networks, classes: classes, at: x)
    - plainValues(lyapunov.networks, classes: classes, at: .zeros(like: x))
  let s = lyapunov.smoothing
  let parabola = Tensor.select(t .> 0, t.squared / (2 * s), t * 0)
  return Tensor.select(t .>= s, t - s / 2, parabola)
    + x.squared.sum(along: 1) * lyapunov.quadraticWeight
}

/// l_con of each point for its own class, from recorded operations only, differentiable again.
package func plainViolation(
  _ lyapunov: LyapunovFunction, classes: [Int], at points: Tensor, field: (Tensor) -> Tensor,
  relation: ConsistencyLoss.Relation = .equality
) -> Tensor {
  let value = plainValues(lyapunov, classes: classes, at: points)
  let slope = gradient(of: value.sum(), wrt: [points], recording: true)[0]
  let x = points - lyapunov.equilibria.selecting(int64(classes))
  let residual =
    (-value).exp * ((slope * field(points)).sum(along: 1) + x.squared.sum(along: 1))
  return (relation == .inequality ? residual.relu : residual).squared
}
