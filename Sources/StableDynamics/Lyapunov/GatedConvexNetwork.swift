import NeuralNetworks
import Tensors

/// A network g(x, c) convex in x and conditioned on c: PICNN (Amos et al. 2017) and the paper's
/// PIACNN, eqs. (6)-(8). They differ in their gates:
///
///     u_{k+1} = tanh(Ã_k u_k + b̃_k),  u_0 = c
///     z_{k+1} = softplus(A_k^(z) (gate_k^(z) ∘ z_k) + A_k^(x) (gate_k^(x) ∘ x) + A_k^(u) u_k + b_k)
///
/// with gate = softmax(A u + b) for PIACNN; relu(A u + b) for z and A u + b for x for PICNN.
/// Deviations: the paper leaves σ_i and σ̃_i open; softplus and tanh are chosen because the
/// consistency loss differentiates twice (facts: ReLU inside has no second derivative).
public struct GatedConvexNetwork: ConvexArchitecture {
  /// How c acts on what passes a layer.
  public enum Gating: Sendable {
    /// PICNN.
    case partial
    /// PIACNN: the gates are attention weights, which also normalise what passes.
    case attention
  }

  struct Layer {
    let z: Tensor
    let zGate: Linear
    let x: Tensor
    let xGate: Linear
    let context: Linear
    /// To the next layer's u; nil in the last layer.
    let next: Linear?
  }

  let gating: Gating
  let layers: [Layer]

  /// Creates a network with initial weights; those of the convex path are non-negative.
  ///
  /// - Parameters:
  ///   - dimension: d of x and of c.
  ///   - sizes: widths n_0, ..., n_{k-1} of the convex path; the last is 1.
  ///   - contextSizes: widths m_1, ..., m_{k-1} of the path of c.
  public init(
    gating: Gating, dimension: Int, sizes: [Int], contextSizes: [Int],
    generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    precondition(
      sizes.last == 1 && contextSizes.count >= sizes.count - 1,
      "widths \(sizes) and context widths \(contextSizes): the last width is 1, and each layer "
        + "above the first has a context width")
    self.gating = gating
    let widths = [dimension] + sizes
    let contexts = [dimension] + contextSizes
    func dense(_ inputs: Int, _ outputs: Int) -> Linear {
      Linear(
        inputs: inputs, outputs: outputs, generator: generator, dtype: dtype, device: device)
    }
    layers = sizes.indices.map { k in
      let below = widths[k]
      let shape = [sizes[k], below]
      let zGate = dense(contexts[k], below)
      let xGate = dense(contexts[k], dimension)
      let z: Tensor
      let x: Tensor
      switch gating {
      case .attention:
        // The softmax gate is already a mean over its inputs: the usual 1 / n would make the
        // network inert.
        z = generator.uniform(shape, in: 0..<2, dtype: dtype)
        x = generator.normal(
          [sizes[k], dimension], deviation: Double(dimension).squareRoot(), dtype: dtype)
      case .partial:
        z = generator.uniform(shape, in: 0..<(2 / Double(below)), dtype: dtype)
        x = dense(dimension, sizes[k]).weight.detached
        // Gates start open.
        zGate.bias!.assign(.ones(like: zGate.bias!))
        xGate.bias!.assign(.ones(like: xGate.bias!))
      }
      return Layer(
        z: z.to(device).differentiable(), zGate: zGate, x: x.to(device).differentiable(),
        xGate: xGate,
        context: dense(contexts[k], sizes[k]),
        next: k + 1 < sizes.count ? dense(contexts[k], contexts[k + 1]) : nil)
    }
  }

  public var nonNegative: [Tensor] { layers.map(\.z) }

  public func networks(for equilibria: Tensor) -> ClassConvexNetworks {
    var u = equilibria
    return ClassConvexNetworks(
      layers: layers.enumerated().map { k, layer in
        let (zGate, xGate) = gates(layer, u)
        let bias = layer.context(u)
        if let next = layer.next { u = next(u).tanh }
        return k == 0
          ? .init(
            hidden: nil, input: gatedSum([layer.z, layer.x], gates: [zGate, xGate]), bias: bias)
          : .init(
            hidden: gatedSum([layer.z], gates: [zGate]),
            input: gatedSum([layer.x], gates: [xGate]), bias: bias)
      })
  }

  private func gates(_ layer: Layer, _ u: Tensor) -> (z: Tensor, x: Tensor) {
    switch gating {
    case .attention: (layer.zGate(u).softmax(along: 1), layer.xGate(u).softmax(along: 1))
    case .partial: (layer.zGate(u).relu, layer.xGate(u))
    }
  }

  public var state: ModuleState {
    layers.enumerated().reduce(ModuleState()) { state, item in
      let (k, layer) = item
      var own =
        ModuleState(parameters: ["z.\(k).weight": layer.z, "x.\(k).weight": layer.x])
        + layer.zGate.state.prefixed("zu.\(k)") + layer.xGate.state.prefixed("xu.\(k)")
        + layer.context.state.prefixed("u.\(k)")
      if let next = layer.next { own = own + next.state.prefixed("ut.\(k)") }
      return state + own
    }
  }
}
