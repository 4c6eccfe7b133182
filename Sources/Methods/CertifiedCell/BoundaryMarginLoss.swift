import NeuralNetworks
import Settings
import Tensors

/// A loss on the distances from a state to the bisectors of its class, m_j = (V_j - V_y) / (2 D_yj):
///
///     τ ln(1 + Σ_{j ≠ y} e^{-(m_j - ε) / τ}),
///
/// the cross entropy of logits 0 for y and -(m_j - ε) / τ for the others, times τ. Behind a
/// nonexpansive map of images the least m_j is a certified radius, so that ε is about the radius that
/// is wanted, and τ says how far beyond it a sample still counts.
public struct BoundaryMarginLoss: Codable, Sendable, Hashable {
  @Setting("ε, about the radius that is wanted, in units of the state", .weight)
  public var margin: Double
  @Setting("τ, how far beyond ε a sample counts", .positive)
  public var temperature: Double

  public init(margin: Double, temperature: Double) {
    self.margin = margin
    self.temperature = temperature
  }

  /// The loss of each sample, [N], recorded.
  ///
  /// - Parameters:
  ///   - distances: m, [N, L], 0 at j = y.
  ///   - labels: y, [N] (int64).
  public func callAsFunction(_ distances: Tensor, labels: Tensor) -> Tensor {
    let others = 1 - labels.oneHot(distances.shape[1], dtype: distances.dtype)
    let logits = (distances - others * margin) * (-1 / temperature)
    return crossEntropy(logits: logits, labels: labels) * temperature
  }
}
