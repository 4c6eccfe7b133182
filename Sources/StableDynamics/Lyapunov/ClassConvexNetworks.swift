import Tensors

/// One input-convex network for each class, evaluated on points grouped by class.
///
/// For class i, with x the state relative to the equilibrium and z_0 = x,
///
///     z_{k+1} = softplus(Z_k z_k + X_k x + b_k),   g_i(x) = z_K,
///
/// where the entries of Z_k (k > 0) are non-negative, so that g_i is convex in x (Prop. 1). ICNN,
/// PICNN and PIACNN all come down to this: the last two make the matrices of class i from shared
/// ones and gates that depend on c_i alone, so folding the gates in once a step replaces two gated
/// products a layer by one plain product.
public struct ClassConvexNetworks: Sendable {
  public struct Layer: Sendable {
    /// Z_k [L, n, m], non-negative; nil in the first layer, where z_0 = x and Z joins X.
    public let hidden: Tensor?
    /// X_k [L, n, d].
    public let input: Tensor
    /// b_k [L, n].
    public let bias: Tensor

    public init(hidden: Tensor?, input: Tensor, bias: Tensor) {
      self.hidden = hidden
      self.input = input
      self.bias = bias
    }
  }

  public let layers: [Layer]

  public init(layers: [Layer]) { self.layers = layers }

  public var classCount: Int { layers[0].bias.shape[0] }

  /// The same networks, cut off from the graph.
  public var detached: ClassConvexNetworks {
    ClassConvexNetworks(
      layers: layers.map {
        Layer(hidden: $0.hidden?.detached, input: $0.input.detached, bias: $0.bias.detached)
      })
  }

  /// g_i(0) of every class, [L].
  public var valuesAtOrigin: Tensor {
    var z: Tensor?
    for layer in layers {
      var a = layer.bias
      if let hidden = layer.hidden, let below = z {
        a = a + hidden.matmul(below.unsqueezed(2)).squeezed(2)
      }
      z = a.softplus
    }
    return z!.squeezed(1)
  }

  /// ∇g_i(0) of every class, [L, d], differentiable any number of times.
  public var slopesAtOrigin: Tensor {
    var slopes: [Tensor] = []
    var z: Tensor?
    for layer in layers {
      var a = layer.bias
      if let hidden = layer.hidden, let below = z {
        a = a + hidden.matmul(below.unsqueezed(2)).squeezed(2)
      }
      z = a.softplus
      slopes.append(a.sigmoid)
    }
    var result: Tensor?
    var outer: Tensor?
    for (layer, slope) in zip(layers, slopes).reversed() {
      // Rows [L, 1, n_k]: the derivative with respect to the layer's activation.
      let row = (outer.map { $0 * slope } ?? slope).unsqueezed(1)
      let own = row.matmul(layer.input).squeezed(1)
      result = result.map { $0 + own } ?? own
      outer = layer.hidden.map { row.matmul($0).squeezed(1) }
    }
    return result!
  }

  /// Values, and derivatives along tangents, at points grouped by class.
  ///
  /// - Parameters:
  ///   - x: [N · lanes, d]. With one lane the points; with two, each point followed by a tangent.
  /// - Returns: [N · lanes]: g_i(x) and, with two lanes, ∇g_i(x) · tangent: a forward-mode product
  ///   in closed form, so that no second-order graph is built. Recorded, once differentiable with
  ///   respect to x (both lanes) and the weights.
  public func values(at x: Tensor, groups: RowGroups, lanes: Int) -> Tensor {
    let inputs = [x] + layers.flatMap { [$0.input, $0.bias] + ($0.hidden.map { [$0] } ?? []) }
    return withSelectiveBackward(inputs) {
      var states: [Tensor] = []
      var activations: [Tensor] = []
      var slopes: [Tensor] = []
      let points = x.detached.contiguous()
      for layer in layers {
        var a = points.groupedLinear(layer.input, groups: groups, lanes: lanes)
        if let hidden = layer.hidden {
          a = states.last!.groupedLinear(hidden, groups: groups, lanes: lanes, addingTo: a)
        }
        let (z, slope) = a.softplusLanes(bias: layer.bias, groups: groups, lanes: lanes)
        activations.append(a)
        slopes.append(slope)
        states.append(z)
      }
      let pass = BackwardPass(
        layers: detached.layers, x: points, states: states, activations: activations,
        slopes: slopes, groups: groups, lanes: lanes)
      return ([states.last!.squeezed(1)], pass.derivatives)
    }[0]
  }

  /// What the derivative needs of the forward pass.
  private struct BackwardPass {
    let layers: [Layer]
    let x: Tensor
    let states: [Tensor]
    let activations: [Tensor]
    let slopes: [Tensor]
    let groups: RowGroups
    let lanes: Int

    func derivatives(_ outputs: [Tensor?], _ isNeeded: [Bool]) -> [Tensor?] {
      guard let output = outputs[0] else { return isNeeded.map { _ in nil } }
      let weightsNeeded = isNeeded.dropFirst().contains(true)
      var weights: [[Tensor?]] = []
      var xGradient: Tensor?
      var zGradient = output.unsqueezed(1)
      for k in layers.indices.reversed() {
        let a = zGradient.softplusLanesBackward(
          input: activations[k], slope: slopes[k], lanes: lanes)
        if weightsNeeded {
          var own: [Tensor?] = [
            a.groupedOuter(x, groups: groups, lanes: lanes),
            a.groupedSum(groups: groups, lanes: lanes),
          ]
          if k > 0 { own.append(a.groupedOuter(states[k - 1], groups: groups, lanes: lanes)) }
          weights.append(own)
        } else {
          weights.append([Tensor?](repeating: nil, count: layers[k].hidden == nil ? 2 : 3))
        }
        if isNeeded[0] {
          xGradient = a.groupedLinearTransposed(
            layers[k].input, groups: groups, lanes: lanes, addingTo: xGradient)
        }
        if let hidden = layers[k].hidden {
          zGradient = a.groupedLinearTransposed(hidden, groups: groups, lanes: lanes)
        }
      }
      return [xGradient] + weights.reversed().flatMap { $0 }
    }
  }
}
