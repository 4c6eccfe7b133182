import Tensors

/// L_cla: cross entropy of ψ̃ = (1/W - α) / Σ (1/W - α), computed from V.
public enum LyapunovClassification {
  /// -ln ψ̃[label] of each sample, [N]: values [N, L], labels [N].
  public static func loss(values: Tensor, labels: Tensor, margin alpha: Double) -> Tensor {
    crossEntropy(logits: ZubovTransform.logits(values, margin: alpha), labels: labels)
  }
}
