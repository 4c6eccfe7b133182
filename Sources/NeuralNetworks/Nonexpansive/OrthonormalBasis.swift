import Tensors

/// An orthonormal basis of the span of the columns of V [..., d, k], k ≤ d, by Cholesky's factor of
/// their Gram matrix:
///
///     U = V L⁻ᵀ,   L Lᵀ = Vᵀ V,   so that U Uᵀ = V (Vᵀ V)⁻¹ Vᵀ = P, the projector onto the span.
///
/// Two products and a small factor, where forming P or I - 2P and differentiating through a solver
/// takes several times as much.
enum OrthonormalBasis {
  /// U in training, recorded for losses that depend on it through P alone. For those Uᵀ ∂U is
  /// symmetric, and with ∂U their derivative by U,
  ///
  ///     ∂V = (I - U Uᵀ) ∂U L⁻¹.
  ///
  /// Numbers that are not finite where the columns are dependent. Differentiable once with respect to
  /// V; with respect to what U multiplies, as often as wanted.
  static func recorded(_ v: Tensor) -> Tensor {
    withBackward([v]) {
      let factor = v.transposed.matmul(v).cholesky
      let identity = Tensor.identity(
        factor.shape[factor.rank - 1], dtype: v.dtype, device: v.device)
      // Products with the inverse, here and behind, take half the time of triangular systems.
      let inverse = factor.triangularSolution(identity.expanded(factor.shape))
      let u = v.matmul(inverse.transposed)
      return (
        [u],
        { gradients in
          guard let gradient = gradients[0] else { return [nil] }
          let tangent = gradient.adding(
            productOf: u, u.transposed.matmul(gradient), weight: -1)
          return [tangent.matmul(inverse)]
        }
      )
    }[0]
  }

  /// A complex matrix A + iB [F, C, k] as the real one (A, -B; B, A) [F, 2C, 2k], which does to (real parts,
  /// imaginary parts) what that does to complex vectors, and whose transpose is that of its adjoint: an
  /// orthonormal basis of its columns gives the projector onto those of A + iB.
  static func realForm(_ a: Tensor, _ b: Tensor) -> Tensor {
    .concatenated(
      [.concatenated([a, -b], along: 2), .concatenated([b, a], along: 2)], along: 1)
  }

  /// U in float64, rounded to `dtype`, with a bound of ‖UᵀU - I‖₂, the largest of all matrices, for
  /// just these numbers.
  static func measured(
    _ v: Tensor, in dtype: DType
  ) throws(NonexpansiveLayerError) -> (basis: Tensor, defect: Double) {
    let basis = ofColumns(v.to(.float64)).to(dtype)
    let defect = withoutGradients { self.defect(basis) }
    guard defect <= largestDefect else {
      throw NonexpansiveLayerError(
        found: defect.isNaN
          ? "dependent columns or numbers that are not finite"
          : "columns \(defect) away from orthonormal")
    }
    return (basis, defect)
  }

  /// U, not recorded; numbers that are not finite where the columns are dependent.
  static func ofColumns(_ v: Tensor) -> Tensor {
    withoutGradients {
      // Twice, as what the factor loses by the columns' condition is mended the second time.
      (0..<2).reduce(v.detached) { u, _ in basis(u, u.transposed.matmul(u).cholesky) }
    }
  }

  /// What rounding to float32 stays far below.
  static let largestDefect = 1e-3

  private static func basis(_ v: Tensor, _ factor: Tensor) -> Tensor {
    factor.transposed.triangularSolution(v, isUpper: true, fromRight: true)
  }

  /// A bound of ‖UᵀU - I‖₂ by Frobenius' norm in float64, its own rounding included.
  static func defect(_ u: Tensor) -> Double {
    let u = u.to(.float64)
    let (rows, columns) = (u.shape[u.rank - 2], u.shape[u.rank - 1])
    let identity = Tensor.identity(columns, dtype: .float64, device: u.device)
    let difference = u.transposed.matmul(u) - identity
    let norms = difference.squared.sum(along: u.rank - 2, u.rank - 1).squareRoot
    // An entry errs by at most γ_rows |u_i||u_j|, all of them by that times the number of columns.
    return norms.max().item * (1 + 1e-9) + DType.float64.sumError(2 * rows + 4) * Double(columns)
  }
}
