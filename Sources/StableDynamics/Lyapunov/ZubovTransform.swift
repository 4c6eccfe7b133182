import Foundation
import Tensors

/// W = 1 - e^-V (paper, eq. 5) and what follows from it, always computed from V: W itself rounds
/// to 1 in float32 from V ≈ 17 on.
public enum ZubovTransform {
  /// Below this V the logits are cut off; they grow without bound as V → 0.
  public static let smallestValue = 1e-6

  /// W^β = 1 - e^{-βV} (section III-B); β = 1 gives W.
  public static func region(_ values: Tensor, exponent beta: Double = 1) -> Tensor {
    -(values * -beta).expm1
  }

  /// The V at which W reaches `level`: -ln(1 - level).
  public static func value(atLevel level: Double) -> Double { -log1p(-level) }

  /// ln(1/W - α), the paper's logits, from V [N, L].
  public static func logits(_ values: Tensor, margin alpha: Double) -> Tensor {
    let v = values.maximum(smallestValue)
    let remaining = (-v).exp
    return (remaining * alpha + (1 - alpha)).log - (-(-v).expm1).log
  }

  /// L_cla of each sample, [N]: the cross entropy -ln ψ̃_y of ψ̃ = (1/W - α) / Σ (1/W - α).
  ///
  /// - Parameters:
  ///   - values: V of all classes, [N, L].
  ///   - labels: y, [N].
  public static func classificationLoss(
    _ values: Tensor, labels: Tensor, margin alpha: Double
  ) -> Tensor {
    crossEntropy(logits: logits(values, margin: alpha), labels: labels)
  }
}
