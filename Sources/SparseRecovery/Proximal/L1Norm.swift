import Tensors

/// ‖x‖₁ = Σ|x_i|; its proximal operator is the soft threshold.
public struct L1Norm: ProximalFunction {
  public init() {}

  public func callAsFunction(_ x: Tensor) -> Tensor { x.magnitude.columnSums }
  public func prox(_ x: Tensor, step: Tensor) -> Tensor { x.softThresholded(by: step) }
}
