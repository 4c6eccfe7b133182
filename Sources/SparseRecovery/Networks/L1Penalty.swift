import Tensors

/// Σ s: the lasso (Tibshirani 1996); of groups, the group lasso. A layer can lower it by shrinking
/// all its weights, which the next layer makes up for.
public struct L1Penalty: ProximalPenalty {
  public static let name = "l1"

  public init() {}

  public func value(of magnitudes: Tensor) -> Tensor { magnitudes.sum() }

  /// max(s - τ, 0).
  public func proximal(_ magnitudes: Tensor, step: Double) -> Tensor {
    (magnitudes - step).relu
  }
}
