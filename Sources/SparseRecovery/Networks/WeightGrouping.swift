import Tensors

/// Which weights of a layer become 0 together.
public enum WeightGrouping: String, Codable, Sendable, CaseIterable {
  /// Each for itself.
  case element
  /// What enters a unit: a filter of a convolution, a row of a matrix.
  case filter
  /// What leaves a unit: a column of a matrix (or those of a flattened map), an input channel of a
  /// convolution.
  case neuron

  /// Magnitudes of the groups of a weight [outputs, inputs, ...], differentiable; that of a group of
  /// zeros has the derivative 0.
  ///
  /// - Parameter columnsPerUnit: columns of a matrix that belong to one unit.
  /// - Returns: [count] for elements, [outputs] for filters, [inputs / columnsPerUnit] for neurons.
  public func magnitudes(of weight: Tensor, columnsPerUnit: Int = 1) -> Tensor {
    guard self != .element else { return weight.flattened().magnitude }
    let squares = blocks(weight, columnsPerUnit).squared
    let sums = self == .filter ? squares.sum(along: 1, 2) : squares.sum(along: 0, 2)
    return sums.maximum(1e-24).squareRoot * (sums .> 0).to(weight.dtype)
  }

  /// The weight with each group scaled by a factor.
  ///
  /// - Parameter factors: of the shape of `magnitudes(of:)`.
  func scaling(_ weight: Tensor, by factors: Tensor, columnsPerUnit: Int) -> Tensor {
    switch self {
    case .element: weight * factors.reshaped(weight.shape)
    case .filter:
      (blocks(weight, columnsPerUnit) * factors.reshaped([-1, 1, 1])).reshaped(weight.shape)
    case .neuron:
      (blocks(weight, columnsPerUnit) * factors.reshaped([1, -1, 1])).reshaped(weight.shape)
    }
  }

  /// [outputs, units that enter, numbers of each].
  private func blocks(_ weight: Tensor, _ columnsPerUnit: Int) -> Tensor {
    precondition(
      weight.rank >= 2 && weight.shape[1] % columnsPerUnit == 0,
      "weight \(weight.shape) in blocks of \(columnsPerUnit) columns")
    return weight.reshaped([weight.shape[0], weight.shape[1] / columnsPerUnit, -1])
  }
}
