import Tensors

/// ‖x‖₁ - α‖x‖₂ with 0 ≤ α ≤ 1 (Yin, Lou, He, Xin 2015).
///
/// The proximal operator in closed form is Lou and Yan's (arXiv 1609.09530, lemma 1). With
/// M = max|x_i| and s the soft threshold of x by τ:
///
///     M > τ               s (‖s‖ + ατ) / ‖s‖
///     (1 - α)τ < M ≤ τ    a single element kept, at a largest one, of size M + (α - 1)τ
///     M ≤ (1 - α)τ        0
public struct L1MinusL2: ProximalFunction {
  /// The weight of ‖x‖ beside Σ|x|, in [0, 1].
  public let alpha: Double

  /// - Precondition: α in [0, 1].
  public init(alpha: Double = 1) {
    precondition((0...1).contains(alpha), "L1MinusL2: α = \(alpha)")
    self.alpha = alpha
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.magnitude.columnSums - x.columnNorms * alpha
  }

  public func prox(_ x: Tensor, step: Tensor) -> Tensor {
    let soft = x.softThresholded(by: step)
    let length = soft.columnNorms
    let stretched = soft * ((length + step * alpha) / length.positiveOrOne)
    let largest = x.magnitude.max(along: 0, keeping: true)
    let place = x.magnitude.argMax(along: 0)
    let isPlace = place.oneHot(x.shape[0], dtype: x.dtype).transposed
    let single = isPlace * x.sign * (largest + step * (alpha - 1)).relu
    return Tensor.select(largest .> step, stretched, single)
  }
}
