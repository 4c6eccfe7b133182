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
  /// The weights of one step from z_k to z_{k+1}, for all classes.
  public struct Layer: Sendable {
    /// Z_k [L, n, m], non-negative; nil in the first layer, where z_0 = x and Z joins X.
    public let hidden: Tensor?
    /// X_k [L, n, d].
    public let input: Tensor
    /// b_k [L, n].
    public let bias: Tensor

    /// Creates a layer of L classes; without Z it is the first one.
    public init(hidden: Tensor?, input: Tensor, bias: Tensor) {
      self.hidden = hidden
      self.input = input
      self.bias = bias
    }
  }

  /// From k = 0 up; the last has one unit.
  public let layers: [Layer]

  /// Creates networks of layers that fit each other.
  public init(layers: [Layer]) { self.layers = layers }

  /// L.
  public var classCount: Int { layers[0].bias.shape[0] }

  /// The same networks, cut off from the graph.
  public var detached: ClassConvexNetworks {
    ClassConvexNetworks(
      layers: layers.map {
        Layer(hidden: $0.hidden?.detached, input: $0.input.detached, bias: $0.bias.detached)
      })
  }

  /// What the networks compute at x = 0, once a step.
  public struct Origin: Sendable {
    /// a_k = Z_k z_k + b_k, [L, n] each, recorded.
    let arguments: [Tensor]
    /// g_i(0), [L], recorded.
    public let values: Tensor

    /// The same, cut off from the graph.
    public var detached: Origin {
      Origin(arguments: arguments.map(\.detached), values: values.detached)
    }
  }

  /// The networks at x = 0, recorded; worth keeping for all points of a step.
  public var origin: Origin {
    var arguments: [Tensor] = []
    for layer in layers {
      var a = layer.bias
      if let hidden = layer.hidden, let below = arguments.last?.softplus {
        a = a + hidden.matmul(below.unsqueezed(2)).squeezed(2)
      }
      arguments.append(a)
    }
    return Origin(arguments: arguments, values: arguments.last!.softplus.squeezed(1))
  }

  /// ∇g_i(0) of every class, [L, d], differentiable any number of times.
  public var slopesAtOrigin: Tensor {
    let slopes = origin.arguments.map(\.sigmoid)
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
  ///   - origin: where given, values are g_i(x) - g_i(0). They are not differences: what each layer
  ///     adds to its state at 0 goes from layer to layer, so that they are right to rounding of
  ///     their own size, and exactly 0 at x = 0 on any machine.
  /// - Returns: [N · lanes]: g_i(x) and, with two lanes, ∇g_i(x) · tangent: a forward-mode product
  ///   in closed form, so that no second-order graph is built. Recorded, once differentiable with
  ///   respect to x (both lanes) and the weights.
  public func values(
    at x: Tensor, above origin: Origin? = nil, groups: RowGroups, lanes: Int
  ) -> Tensor {
    let inputs =
      [x] + layers.flatMap { [$0.input, $0.bias] + ($0.hidden.map { [$0] } ?? []) }
      + (origin.map { [$0.values] } ?? [])
    let biases = (origin?.arguments ?? layers.map(\.bias)).map(\.detached)
    return withSelectiveBackward(inputs) {
      var states: [Tensor] = []
      var activations: [Tensor] = []
      var slopes: [Tensor] = []
      let points = x.detached.contiguous()
      for (layer, bias) in zip(layers, biases) {
        var a = points.groupedLinear(layer.input, groups: groups, lanes: lanes)
        if let hidden = layer.hidden {
          a = states.last!.groupedLinear(hidden, groups: groups, lanes: lanes, addingTo: a)
        }
        let (z, slope) = a.softplusLanes(
          bias: bias, groups: groups, lanes: lanes, isRise: origin != nil)
        activations.append(a)
        slopes.append(slope)
        states.append(z)
      }
      let pass = BackwardPass(
        layers: detached.layers, origin: origin == nil ? nil : biases, x: points, states: states,
        activations: activations, slopes: slopes, groups: groups, lanes: lanes)
      return ([states.last!.squeezed(1)], pass.derivatives)
    }[0]
  }

  /// What the derivative needs of the forward pass.
  private struct BackwardPass {
    let layers: [Layer]
    /// The arguments at x = 0 where values and states are what rises above those there.
    let origin: [Tensor]?
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
          let sum = a.groupedSum(groups: groups, lanes: lanes)
          var own: [Tensor?] = [a.groupedOuter(x, groups: groups, lanes: lanes), sum]
          if k > 0 {
            var outer = a.groupedOuter(states[k - 1], groups: groups, lanes: lanes)
            if let origin {
              outer = outer + sum.unsqueezed(2) * origin[k - 1].softplus.unsqueezed(1)
            }
            own.append(outer)
          }
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
      var result = [xGradient] + weights.reversed().flatMap { $0 }
      if origin != nil {
        let isNeeded = isNeeded.last!
        result.append(
          isNeeded
            ? -output.unsqueezed(1).groupedSum(groups: groups, lanes: lanes).squeezed(1) : nil)
      }
      return result
    }
  }
}
