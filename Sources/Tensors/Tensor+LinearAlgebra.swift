import CTorch

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
