import NeuralNetworks
import Tensors

extension Backbone {
  /// An upper bound of the Lipschitz constant of the map from features to h(T) on the solver's grid;
  /// nil if nothing is known that bounds the field. Where several bounds are, the least counts.
  /// (Extra dimensions, which start at 0, change nothing.)
  ///
  /// - Throws: `SettingsError` for a solver that chooses its steps.
  func flowBound() throws -> Double? {
    let byJacobians = try (field as? any JacobianBounded).map {
      try flow.lipschitzBound($0.jacobianBall)
    }
    let byCircles = try (field as? any CircleBounded)?.circles.map { try flow.lipschitzBound($0) }
    return ((byCircles ?? []) + [byJacobians].compactMap { $0 }).min()
  }
}
