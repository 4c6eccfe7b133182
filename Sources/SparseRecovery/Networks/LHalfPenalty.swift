import Tensors

/// Σ √s, the ½th power of the l1/2 quasi-norm (Xu, Chang, Xu, Zhang 2012).
public struct LHalfPenalty: ProximalPenalty {
  public static let name = "l-half"

  /// Added to s under the root of the smoothed form; without it the derivative at 0 is infinite.
  static let smoothing = 1e-4

  public init() {}

  public func value(of magnitudes: Tensor) -> Tensor { magnitudes.squareRoot.sum() }

  /// Σ √(s + 1e-4).
  public func smoothed(_ magnitudes: Tensor) -> Tensor {
    (magnitudes + Self.smoothing).squareRoot.sum()
  }

  /// Half thresholding by τ.
  public func proximal(_ magnitudes: Tensor, step: Double) -> Tensor {
    magnitudes.halfThresholded(
      by: .full(step, [], dtype: magnitudes.dtype, device: magnitudes.device))
  }
}
