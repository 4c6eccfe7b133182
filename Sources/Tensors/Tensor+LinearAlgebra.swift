import CTorch

// MARK: - Not recorded

/// Decompositions of dense matrices. Not recorded for differentiation.
extension Tensor {
  /// Eigenvalues [n] in ascending order and orthonormal eigenvectors (the columns of [n, n]) of a
  /// symmetric matrix, of which the lower triangle is read.
  public var symmetricEigen: (values: Tensor, vectors: Tensor) {
    var values: CTTensor?
    var vectors: CTTensor?
    torchCheck(ct_symmetric_eigen(handle, &values, &vectors), "symmetricEigen \(shape)")
    return (Tensor(values, "symmetricEigen"), Tensor(vectors, "symmetricEigen"))
  }

  /// The x [n, B] of least norm that minimises ‖self x - right‖ for each column of `right` [m, B];
  /// `self` is [m, n]. On a GPU the matrix needs full rank.
  public func leastSquares(_ right: Tensor) -> Tensor {
    Tensor(ct_least_squares(handle, right.handle), "leastSquares", [self, right])
  }
}

// MARK: - Recorded, also for batches of matrices in the leading axes

/// A matrix without a result, such as the inverse of a singular one, gives infinite or undefined
/// numbers: whether there is one depends on numbers, not on shapes.
extension Tensor {
  /// The lower triangular L with L Lᵀ = self [..., n, n], symmetric and positive definite, of which
  /// the lower triangle is read.
  public var cholesky: Tensor { Tensor(ct_cholesky(handle), "cholesky", [self]) }

  /// The x of `self x = right`, or of `x self = right` if `fromRight`, where self [..., n, n] is lower
  /// triangular, or upper if `isUpper`. The other triangle is not read.
  public func triangularSolution(
    _ right: Tensor, isUpper: Bool = false, fromRight: Bool = false
  ) -> Tensor {
    Tensor(
      ct_triangular_solve(handle, right.handle, isUpper, fromRight), "triangularSolution",
      [self, right])
  }

  /// The x [..., n, m] of `self x = right`, with self [..., n, n].
  public func solution(_ right: Tensor) -> Tensor {
    Tensor(ct_solve(handle, right.handle), "solution", [self, right])
  }

  /// The inverse of square matrices [..., n, n].
  public var inverse: Tensor { Tensor(ct_inverse(handle), "inverse", [self]) }

  /// The entries on and below the diagonal, zeros above.
  public var lowerTriangle: Tensor { Tensor(ct_triangle(handle, false), "lowerTriangle", [self]) }

  /// The entries on and above the diagonal, zeros below.
  public var upperTriangle: Tensor { Tensor(ct_triangle(handle, true), "upperTriangle", [self]) }

  /// `self + weight · a b` in one product, of matrices or of batches of them [B, ., .].
  public func adding(productOf a: Tensor, _ b: Tensor, weight: Double = 1) -> Tensor {
    Tensor(
      ct_add_product(handle, a.handle, b.handle, weight), "adding(productOf:)", [self, a, b])
  }
}
