import NeuralNetworks
import StableDynamics
import Tensors

/// The weights of a contracting NodeREN field,
///
///     dx/dt = A x + B w + b_x,   w = σ(C x + D w + b_v),
///
/// with D strictly lower triangular in blocks, so that w follows layer by layer.
public struct EquilibriumNetwork {
  /// A [n, n], B [n, q], C [q, n].
  public let state, input, output: Tensor
  /// D, [q, q].
  public let feedback: Tensor
  /// Λ's diagonal [q] in float64, which proves the contraction.
  public let multipliers: Tensor
  /// The metric's inverse S [n, n] in float64; nil for the identity.
  public let metric: Tensor?
}

extension EquilibriumNetwork {
  /// The circle condition that the weights satisfy as they are, in the norm √(xᵀ S⁻¹ x).
  ///
  /// With z = S^(-1/2) x and slopes of σ in [0, 1], differences obey
  ///
  ///     ⟨ż + α z, z⟩ ≤ -½ yᵀ H y,   y = [z; w],
  ///     H = [-(A + Aᵀ) - 2α I, -(Cᵀ Λ + B); ..., 2Λ - Λ D - (Λ D)ᵀ],
  ///
  /// in the coordinates of z, since w·Λ (v - w) ≥ 0 for w = σ(v). If H is positive definite, then
  /// ż + α z = M y with M = [A + α I, B], and
  ///
  ///     ⟨ż + α z, ż + β z⟩ = |M y|² + (β - α) ⟨ż + α z, z⟩ ≤ 0   for   β - α = 2 λ_max(M H⁻¹ Mᵀ).
  ///
  /// - Parameter rate: α.
  /// - Returns: nil if H is not safely positive definite.
  public func circle(rate: Double) -> CircleCondition? {
    withoutGradients {
      let n = state.shape[0]
      let identity = Tensor.identity(n, dtype: .float64, device: state.device)
      var a = state.detached.to(.float64)
      var (b, c) = (input.detached.to(.float64), output.detached.to(.float64))
      var distortion = 1.0
      if let metric {
        let (values, vectors) = metric.detached.symmetricEigen
        let roots = values.squareRoot
        let root = (vectors * roots).matmul(vectors.transposed)
        let inverse = (vectors / roots).matmul(vectors.transposed)
        (a, b, c) = (inverse.matmul(a).matmul(root), inverse.matmul(b), c.matmul(root))
        distortion = (values.max() / values.min()).squareRoot.item * (1 + 1e-9)
      }
      let shifted = a + identity * rate
      let weighted = (multipliers.detached.unsqueezed(1) * feedback.detached.to(.float64))
      let diagonal =
        Tensor.identity(weighted.shape[0], dtype: .float64, device: state.device)
        * multipliers.detached
      let corner = -(c.transposed * multipliers.detached + b)
      let form = Tensor.concatenated([
        .concatenated([-(shifted + shifted.transposed), corner], along: 1),
        .concatenated(
          [corner.transposed, diagonal * 2 - weighted - weighted.transposed], along: 1),
      ])
      let (values, vectors) = form.symmetricEigen
      let scale = values.magnitude.max().item
      guard values.min().item > 1e-9 * scale, distortion.isFinite else { return nil }
      let bound = Tensor.concatenated([shifted, b], along: 1).matmul(vectors / values.squareRoot)
        .spectralNormBounds.item
      return CircleCondition(
        rate: rate, speed: rate + 2 * bound * bound * (1 + 1e-6), distortion: max(distortion, 1))
    }
  }
}
