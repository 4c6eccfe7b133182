import Tensors

/// A field f(y) that computes the stages of an explicit Runge-Kutta step together, for less than they
/// cost one by one.
public protocol StagedField {
  /// f(y).
  ///
  /// - Throws: whatever keeps it from being computed, as a solution does then.
  func callAsFunction(_ state: Tensor) throws -> Tensor

  /// k_i = f(y_i) for i = 1, ..., s with y_i = `state` + h Σ_{j < i} a_ij k_j, and the last y_i.
  ///
  /// A row that nothing depends on has derivatives 0, whether its values are finite or not.
  ///
  /// - Parameters:
  ///   - state: [N, ...].
  ///   - derivative: k_0 = f(state).
  ///   - coefficients: a_i0, ..., a_i(i-1) of each of the s stages, at least one.
  ///   - sizes: h of each row.
  /// - Throws: what f throws.
  func stages(
    from state: Tensor, derivative: Tensor, coefficients: [[Double]], sizes: [Double]
  ) throws -> (derivatives: [Tensor], last: Tensor)
}
