import Tensors

extension LyapunovFunction {
  /// V of all classes as formulas of the state, with the folded weights exactly as they are. What V takes
  /// away at its equilibrium is a float64 number, so that V_i(c_i) is 0 up to rounding of g_i.
  public func formulas<Value: StateFormula>(of h: Value) -> [Value] {
    func exact(_ tensor: Tensor) -> Tensor { tensor.detached.to(.cpu).to(.float64) }
    let layers = networks.layers.map {
      ClassConvexNetworks.Layer(
        hidden: $0.hidden.map(exact), input: exact($0.input), bias: exact($0.bias))
    }
    let exactNetworks = ClassConvexNetworks(layers: layers)
    let (values, slopes) = (exactNetworks.origin.values, exactNetworks.slopesAtOrigin)
    let places = exact(equilibria)
    return (0..<classCount).map { i in
      let x = h - Value.constant(places[i])
      var state: Value?
      for layer in layers {
        var argument = x.linear(weight: layer.input[i], bias: layer.bias[i])
        if let hidden = layer.hidden, let below = state {
          argument = argument + below.linear(weight: hidden[i], bias: nil)
        }
        state = argument.softplus
      }
      let rise = state! - Value.constant(values.sliced(i..<i + 1))
      return learnedPart.formula(of: rise, at: x, slope: slopes.sliced(i..<i + 1))
        + x.squared.sum * quadraticWeight
    }
  }
}

extension LearnedPart {
  /// As `value`, given g(x) - g(0) and ∇g(0) [1, d].
  func formula<Value: StateFormula>(of rise: Value, at x: Value, slope: Tensor) -> Value {
    switch self {
    case .rectified(let smoothing):
      let width = Value.constant(Tensor([smoothing]))
      let above = (rise - width).relu
      return (rise.relu - above).squared * (0.5 / smoothing) + above
    case .bregman(let scale, _):
      // At least 0 by convexity: no rectifier is needed over the real numbers.
      return (rise - x.linear(weight: slope, bias: nil)) * scale.to(.float64).item
    }
  }
}
