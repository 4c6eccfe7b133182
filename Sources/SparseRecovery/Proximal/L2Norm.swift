import Tensors

/// ‖x‖₂, not squared. Its proximal operator shortens each vector by τ: the minimiser is a multiple
/// of x, and along x the problem is the soft threshold of the length.
public struct L2Norm: ProximalFunction {
  public init() {}

  public func callAsFunction(_ x: Tensor) -> Tensor { x.columnNorms }

  public func prox(_ x: Tensor, step: Tensor) -> Tensor {
    let length = x.columnNorms
    return x * ((length - step).relu / length.positiveOrOne)
  }
}
