import NeuralNetworks
import Tensors

extension Backbone {
  /// An upper bound of the Lipschitz constant of the map from features to h(T) on the solver's grid;
  /// nil if the field's Jacobians have no bound. (Extra dimensions, which start at 0, change
  /// nothing.)
  ///
  /// - Throws: `SettingsError` for a solver that chooses its steps.
  func flowBound() throws -> Double? {
    guard let field = field as? any JacobianBounded else { return nil }
    return try flow.lipschitzBound(field.jacobianBall)
  }
}
