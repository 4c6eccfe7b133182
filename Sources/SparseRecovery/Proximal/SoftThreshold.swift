import Tensors

extension Tensor {
  /// The proximal operator of μ|z|, elementwise: sign(d) · max(|d| - μ, 0), the minimiser of
  /// ½(z - d)² + μ|z|.
  ///
  /// - Parameter threshold: μ ≥ 0, of a shape that spreads over this one.
  public func softThresholded(by threshold: Tensor) -> Tensor {
    sign * (magnitude - threshold).relu
  }
}
