import NeuralNetworks
import Tensors

/// One input-convex network g: R^d → R (Amos, Xu, Kolter 2017) with its gradient in closed form,
///
///     z_0 = σ(X_0 h + b_0),   z_k = σ(Z_k z_{k-1} + X_k h + b_k),   g(h) = z_{K-1},
///
/// where σ is softplus and the entries of Z_k are non-negative, so that g is convex.
///
/// Deviations from the code of Manek and Kolter: Z_k is clamped after each step of the optimizer,
/// as everywhere in this package, instead of being softplus(U_k) divided by the width; σ is
/// softplus instead of a parabola of width 0.01, whose gradient all but jumps (stiff for an
/// adaptive solver); the last layer is activated as in their paper (linear in their code).
public struct ScalarConvexNetwork: Module, Sendable {
  struct Layer: Sendable {
    /// Z_k [n, m], non-negative; nil in the first layer.
    let hidden: Tensor?
    /// X_k [n, d] and b_k [n].
    let input: Linear
  }

  let layers: [Layer]

  /// - Parameter sizes: widths n_0, ..., n_{K-1}; the last is 1.
  public init(
    dimension: Int, sizes: [Int], generator: RandomGenerator, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    precondition(sizes.last == 1, "the last width of a convex network is 1, not \(sizes)")
    layers = sizes.indices.map { k in
      Layer(
        hidden: k == 0
          ? nil
          : generator.uniform(
            [sizes[k], sizes[k - 1]], in: 0..<(2 / Double(sizes[k - 1])), dtype: dtype
          ).to(device).differentiable(),
        input: Linear(
          inputs: dimension, outputs: sizes[k], generator: generator, dtype: dtype, device: device))
    }
  }

  private init(layers: [Layer]) { self.layers = layers }

  /// The same network, cut off from the graph.
  public var detached: ScalarConvexNetwork {
    ScalarConvexNetwork(
      layers: layers.map {
        Layer(
          hidden: $0.hidden?.detached,
          input: Linear(weight: $0.input.weight.detached, bias: $0.input.bias!.detached))
      })
  }

  public var state: ModuleState {
    layers.enumerated().reduce(ModuleState()) { state, item in
      state + item.element.input.state.prefixed("x.\(item.offset)")
        + (item.element.hidden.map { ModuleState(parameters: ["z.\(item.offset).weight": $0]) }
          ?? ModuleState())
    }
  }

  /// Restores Z_k ≥ 0 after a step of the optimizer.
  public func restoreConvexity() {
    for layer in layers { layer.hidden?.clampInPlace(0 ... .infinity) }
  }

  /// What the network computes at h = 0, once a step.
  public struct Origin: Sendable {
    /// a_k = Z_k z_{k-1} + b_k, [1, n] each, recorded.
    let arguments: [Tensor]
    /// g(0), [1, 1], recorded.
    public let value: Tensor
  }

  /// The network at h = 0, recorded; worth keeping for all states of a step.
  public var origin: Origin {
    var arguments: [Tensor] = []
    for layer in layers {
      let bias = layer.input.bias!.unsqueezed(0)
      arguments.append(
        arguments.last.map {
          $0.softplus.linear(weight: layer.hidden!, bias: layer.input.bias)
        } ?? bias)
    }
    return Origin(arguments: arguments, value: arguments.last!.softplus)
  }

  /// g(h) - g(0) and ∇g(h) at states [N, d]: [N, 1] and [N, d]. The first is not a difference: what
  /// each layer adds to its state at 0 goes from layer to layer, so that it is right to rounding of
  /// its own size, and exactly 0 at h = 0 on any machine.
  ///
  /// Both are recorded, once differentiable with respect to the states and the parameters: with
  /// cotangents r of g and u of ∇g, what is differentiated is r (g(h) - g(0)) + ∇g(h) · u, whose last
  /// term is a forward-mode product along u, so that the second derivatives of g cost one more
  /// forward and one more backward pass.
  ///
  /// - Parameter origin: of this network.
  public func risesAndGradients(
    at h: Tensor, above origin: Origin
  ) -> (rises: Tensor, gradients: Tensor) {
    let results = withSelectiveBackward([h] + parameters + [origin.value]) {
      let layers = detached.layers
      let h = h.detached.contiguous()
      var states: [Tensor] = []
      var slopes: [Tensor] = []
      for (layer, argument) in zip(layers, origin.arguments) {
        let (z, slope) = layer.argument(below: states.last, h).softplusLanes(
          bias: argument.detached, groups: h.oneGroup, lanes: 1, isRise: true)
        states.append(z)
        slopes.append(slope)
      }
      var sensitivities = slopes
      var gradients: Tensor?
      for k in layers.indices.reversed() {
        if k + 1 < layers.count {
          sensitivities[k] = sensitivities[k + 1].matmul(layers[k + 1].hidden!) * slopes[k]
        }
        gradients = sensitivities[k].times(layers[k].input.weight, addingTo: gradients)
      }
      let pass = BackwardPass(
        layers: layers, h: h, origin: origin.arguments.map(\.detached),
        rises: states.dropLast(), slopes: slopes, sensitivities: sensitivities)
      return ([states.last!, gradients!], pass.derivatives)
    }
    return (results[0], results[1])
  }

  /// What the derivatives of g and ∇g need of the forward pass.
  private struct BackwardPass {
    let layers: [Layer]
    let h: Tensor
    /// a_k at h = 0, [1, n].
    let origin: [Tensor]
    /// z_k less its value at h = 0, of all layers but the last, [N, n].
    let rises: [Tensor]
    /// σ'(a_k) at the argument of layer k, [N, n].
    let slopes: [Tensor]
    /// ∂g/∂a_k, [N, n].
    let sensitivities: [Tensor]

    func derivatives(_ cotangents: [Tensor?], _ isNeeded: [Bool]) -> [Tensor?] {
      let u = (cotangents[1] ?? .zeros(like: h)).contiguous()
      // Forward: the derivatives of a_k and z_k along u.
      var tangents: [(a: Tensor, z: Tensor)] = []
      for (layer, slope) in zip(layers, slopes) {
        let a = layer.argument(below: tangents.last?.z, u)
        tangents.append((a, slope * a))
      }
      // Backward: the cotangent of a tangent of a_k is its sensitivity p; that of a_k itself
      // gathers what comes through z_k and, by σ'' = σ'(1 - σ'), through the tangent.
      var through = cotangents[0]
      var states: Tensor?
      var weights: [Tensor?] = []
      for (k, layer) in layers.enumerated().reversed() {
        let p = sensitivities[k]
        var r = p * (tangents[k].a - tangents[k].z)
        if let through { r = r + through * slopes[k] }
        func outer(_ value: Tensor, _ tangent: Tensor) -> Tensor {
          r.transposed.matmul(value) + p.transposed.matmul(tangent)
        }
        if isNeeded.dropFirst().dropLast().contains(true) {
          var own = [outer(h, u), r.sum(along: 0)]
          if k > 0 {
            let below = rises[k - 1] + origin[k - 1].softplus
            own.append(outer(below, tangents[k - 1].z))
          }
          weights = own + weights
        } else {
          weights += [Tensor?](repeating: nil, count: k > 0 ? 3 : 2)
        }
        if isNeeded[0] { states = r.times(layer.input.weight, addingTo: states) }
        through = layer.hidden.map { r.matmul($0) }
      }
      let atOrigin = isNeeded.last! ? cotangents[0].map { -$0.sum().reshaped([1, 1]) } : nil
      return [states] + weights + [atOrigin]
    }
  }
}

extension ScalarConvexNetwork.Layer {
  /// Z_k z + X_k x, unrecorded.
  fileprivate func argument(below z: Tensor?, _ x: Tensor) -> Tensor {
    let sum = x.linear(weight: input.weight)
    guard let hidden, let z else { return sum }
    return z.groupedLinear(hidden.unsqueezed(0), groups: x.oneGroup, lanes: 1, addingTo: sum)
  }
}

extension Tensor {
  /// All rows in one group.
  fileprivate var oneGroup: RowGroups { RowGroups(sizes: [shape[0]]) }

  /// The product with a matrix, added in place to `sum` where given; unrecorded.
  fileprivate func times(_ matrix: Tensor, addingTo sum: Tensor?) -> Tensor {
    groupedLinearTransposed(
      matrix.unsqueezed(0), groups: oneGroup, lanes: 1, addingTo: sum)
  }
}
