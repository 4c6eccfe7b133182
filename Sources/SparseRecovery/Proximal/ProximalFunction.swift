import Tensors

/// A function f of vectors whose proximal operator
///
///     prox(x, τ) = argmin_z  τ f(z) + ½‖z - x‖²
///
/// is known. Vectors are the columns of [n, B]; each column is a problem of its own, and τ may
/// differ among them. Sets are functions that are 0 inside and infinite outside; their operator is
/// the projection, whatever τ is. Where several points are minimisers, one of them is given.
public protocol ProximalFunction: Sendable {
  /// f of each column, [1, B].
  func callAsFunction(_ x: Tensor) -> Tensor

  /// The proximal operator of each column.
  ///
  /// - Parameter step: τ ≥ 0, [1, B] or a single element.
  func prox(_ x: Tensor, step: Tensor) -> Tensor
}

extension ProximalFunction {
  /// The proximal operator with the same τ for all columns.
  public func prox(_ x: Tensor, step: Double) -> Tensor {
    prox(x, step: .full(step, [1, 1], dtype: x.dtype, device: x.device))
  }
}
