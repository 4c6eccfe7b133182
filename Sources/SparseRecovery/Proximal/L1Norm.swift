import Tensors

/// ‖x‖₁ = Σ|x_i|; its proximal operator is the soft threshold.
public struct L1Norm: ProximalFunction {
  public init() {}

  public func callAsFunction(_ x: Tensor) -> Tensor { x.magnitude.columnSums }
  public func prox(_ x: Tensor, step: Tensor) -> Tensor { x.softThresholded(by: step) }
}

extension Tensor {
  /// The proximal operator of μ|z|, elementwise: sign(d) · max(|d| - μ, 0), the minimiser of
  /// ½(z - d)² + μ|z|.
  ///
  /// - Parameter threshold: μ ≥ 0, of a shape that spreads over this one.
  public func softThresholded(by threshold: Tensor) -> Tensor {
    sign * (magnitude - threshold).relu
  }
}
