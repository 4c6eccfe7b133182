import Tensors

/// Least squares on the supports of sparse vectors, column by column.
struct Polish {
  /// Relative misfit up to which a point counts as feasible.
  static let tolerance = 1e-6

  let problem: SparseProblem

  init(_ problem: SparseProblem) { self.problem = problem }

  /// The least-squares solution on each column's support where that has at most m elements, else
  /// the column itself.
  func polished(_ sparse: Tensor) -> Tensor {
    let (n, count) = (sparse.shape[0], sparse.shape[1])
    let columns = (0..<count).map { column -> Tensor in
      let own = sparse.sliced(column..<column + 1, along: 1)
      let support = (own.squeezed(1) .!= 0).trueIndices
      let size = support.count
      guard size > 0, size <= problem.matrix.rows else { return own }
      let part = problem.matrix.matrix.selecting(support, along: 1)
      let b = problem.measurements.sliced(column..<column + 1, along: 1)
      let solved = part.leastSquares(b)
      return Tensor.zeros([n, 1], dtype: sparse.dtype, device: sparse.device)
        .replacing(at: support, with: solved)
    }
    return Tensor.concatenated(columns, along: 1)
  }

  /// The polished sparse point where it meets Ax = b, else the sparse point itself if that does,
  /// else the exact one.
  func feasible(sparse: Tensor, exact: Tensor, enabled: Bool) -> Tensor {
    let limit = problem.measurements.norm(along: 0) * Self.tolerance
    let isFeasible = { (x: Tensor) in (problem.residualNorms(of: x) .<= limit).unsqueezed(0) }
    let raw = Tensor.select(isFeasible(sparse), sparse, exact)
    guard enabled else { return raw }
    let polished = polished(sparse)
    return Tensor.select(isFeasible(polished), polished, raw)
  }
}
