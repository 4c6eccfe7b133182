import CTorch

/// f(y) = W₂ tanh(W₀ y + b₀) + b₂, made ready for explicit Runge-Kutta steps, all stages of which are
/// computed together and are one node of the graph. Derivatives are those of the layers' tensors as they
/// are; a change of their elements asks for a new value of this type.
public struct PerceptronStages {
  /// W₀ [hidden, d], b₀, W₂ [d, hidden], b₂.
  private let layers: [Tensor]
  /// What each product of stages and of their derivatives reads.
  private let panels: [Tensor]

  /// nil where stages have to be taken one by one: on other devices than the CPU, in other numbers than
  /// float32 and float64, and where a graph is recorded for other programs.
  public init?(firstWeight: Tensor, firstBias: Tensor, secondWeight: Tensor, secondBias: Tensor) {
    guard ct_is_plain_float(firstWeight.handle) else { return nil }
    layers = [firstWeight, firstBias, secondWeight, secondBias]
    panels = [
      firstWeight.panels(transposed: true), secondWeight.panels(transposed: true),
      secondWeight.panels(transposed: false), firstWeight.panels(transposed: false),
    ]
  }

  /// k_i = f(y_i) for i = 1, ..., s with y_i = `state` + h Σ_{j < i} a_ij k_j, and the last y_i. A row of
  /// any of them depends on that row of the states alone, to the bit. Differentiable once; where nothing
  /// depends on a row, its derivatives are 0, whether its values are finite or not.
  ///
  /// - Parameters:
  ///   - state: [N, d].
  ///   - derivative: k_0 = f(state).
  ///   - coefficients: a_i0, ..., a_i(i-1) of each of the s stages.
  ///   - sizes: h of each row.
  public func stages(
    from state: Tensor, derivative: Tensor, coefficients: [[Double]], sizes: [Double]
  ) -> (derivatives: [Tensor], last: Tensor) {
    let count = coefficients.count
    precondition(
      coefficients.map(\.count) == Array(1...count) && sizes.count == state.shape[0],
      "\(count) stages and \(sizes.count) steps of states \(state.shape)")
    var results = [CTTensor?](repeating: nil, count: count + 1)
    withHandles(layers) { layerHandles, _ in
      withHandles(panels) { panelHandles, _ in
        torchCheck(
          ct_perceptron_stages(
            state.handle, derivative.handle, layerHandles, panelHandles,
            coefficients.flatMap { $0 }, Int32(count), sizes, &results),
          "stages of \(state.shape)")
      }
    }
    let tensors = results.map { Tensor(owning: $0!) }
    return (Array(tensors.dropLast()), tensors[count])
  }
}

extension Tensor {
  /// A matrix, or its transpose, in the order in which `PerceptronStages` reads it.
  fileprivate func panels(transposed: Bool) -> Tensor {
    Tensor(ct_panels(handle, transposed), "panels", [self])
  }
}
