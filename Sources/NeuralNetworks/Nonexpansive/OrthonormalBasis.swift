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
      let u = basis(v, factor)
      return (
        [u],
        { gradients in
          guard let gradient = gradients[0] else { return [nil] }
          let tangent = gradient.adding(
            productOf: u, u.transposed.matmul(gradient), weight: -1)
          return [factor.triangularSolution(tangent, fromRight: true)]
        }
      )
    }[0]
  }

  /// The same of complex matrices A + iB [F, C, k], as (P, Q) [F, C, 2k] with U = P + iQ.
  ///
  /// A complex matrix is the real one of twice its size in which each entry is the block (a, -b; b, a).
  /// Adjoints and products are those of the blocks, and since the factor of such a matrix is again of
  /// this kind (its diagonal is real), so are U and the derivatives.
  static func recorded(real a: Tensor, imaginary b: Tensor) -> Tensor {
    withBackward([a, b]) {
      let v = blocks(a, b)
      let factor = v.transposed.matmul(v).cholesky
      let u = basis(v, factor)
      return (
        [parts(u)],
        { gradients in
          guard let given = gradients[0] else { return [nil, nil] }
          let k = given.shape[2] / 2
          let gradient = blocks(
            given.sliced(0..<k, along: 2), given.sliced(k..<2 * k, along: 2))
          let tangent = gradient.adding(
            productOf: u, u.transposed.matmul(gradient), weight: -1)
          let result = parts(factor.triangularSolution(tangent, fromRight: true))
          return [result.sliced(0..<k, along: 2), result.sliced(k..<2 * k, along: 2)]
        }
      )
    }[0]
  }

  /// A + iB [F, C, k] as real blocks [F, 2C, 2k], rows as (all real, all imaginary), columns in pairs.
  static func blocks(_ a: Tensor, _ b: Tensor) -> Tensor {
    let shape = [a.shape[0], a.shape[1], 2 * a.shape[2]]
    return .concatenated(
      [
        Tensor.stacked([a, -b], along: 3).reshaped(shape),
        Tensor.stacked([b, a], along: 3).reshaped(shape),
      ], along: 1)
  }

  /// (P, Q) [F, C, 2k] of blocks [F, 2C, 2k].
  static func parts(_ blocks: Tensor) -> Tensor {
    let (f, c, k) = (blocks.shape[0], blocks.shape[1] / 2, blocks.shape[2] / 2)
    let first = blocks.reshaped([f, 2 * c, k, 2]).sliced(0..<1, along: 3).squeezed(3)
    return .concatenated(
      [first.sliced(0..<c, along: 1), first.sliced(c..<2 * c, along: 1)], along: 2)
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
