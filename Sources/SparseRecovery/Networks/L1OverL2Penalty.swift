import Tensors

/// Σ s / ‖s‖, Hoyer's measure (Hoyer 2004), from 1 for one element to √n for n equal ones. It does not
/// depend on the scale of the weights.
public struct L1OverL2Penalty: ProximalPenalty {
  public static let name = "l1-over-l2"

  public init() {}

  public func value(of magnitudes: Tensor) -> Tensor {
    magnitudes.sum() / magnitudes.guardedNorm
  }

  /// With t = ‖s‖ and a = Σ s: the numerator's weight is τ/t, and the denominator, linearised at s,
  /// pulls along s itself, so z = soft((1 + κ) s; τ/t), κ = min(τ a / t³, 0.9).
  public func proximal(_ magnitudes: Tensor, step: Double) -> Tensor {
    let norm = magnitudes.guardedNorm
    let growth = (magnitudes.sum() / norm.power(3) * step).minimum(0.9)
    return (magnitudes * (growth + 1) - step / norm).relu.keepingLargest(of: magnitudes)
  }
}
