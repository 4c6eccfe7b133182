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

  /// The sparse point where it lies in the ball ‖Ax - b‖ ≤ ε; else the first point that does on the way
  /// to least squares on its support, which keeps its zeros; else the exact one, drawn into the ball.
  ///
  /// - Parameter radii: ε [B].
  func within(_ radii: Tensor, sparse: Tensor, exact: Tensor) -> Tensor {
    var x = sparse
    for (start, goal) in [(sparse, polished), (exact, reaching)] {
      let isInside = (problem.residualNorms(of: x) .<= radii).unsqueezed(0)
      if isInside.all().isTrue { break }
      x = Tensor.select(isInside, x, entering(radii, from: start, towards: goal(start)))
    }
    return x
  }

  /// The nearest point with the least ‖Ax - b‖ there is.
  private func reaching(_ x: Tensor) -> Tensor {
    let matrix = problem.matrix
    let gap = problem.targets - x.transposed.matmul(matrix.basis)
    let isNull = matrix.eigenvalues .<= matrix.floor
    let step = Tensor.select(
      isNull, .zeros(like: gap), gap / matrix.eigenvalues.positiveOrOne)
    return x + matrix.basis.matmul(step.transposed)
  }

  /// The first point of the ball on the way from one point to another: where
  /// ‖r + t d‖² = ε², of r = Ax - b and its change d. The other point where there is none.
  private func entering(_ radii: Tensor, from x: Tensor, towards other: Tensor) -> Tensor {
    let a = problem.matrix.matrix
    let (r, d) = (a.matmul(x) - problem.measurements, a.matmul(other - x))
    // A little inside, so that rounding, of other programs too, does not lead out again.
    let margin = radii * 1e-9 + problem.measurements.norm(along: 0) * 1e-14
    let length = (radii - margin).maximum(radii / 2).unsqueezed(0)
    let excess = r.squared.columnSums - length.squared
    let slope = (r * d).columnSums
    let root = (slope.squared - d.squared.columnSums * excess).relu.squareRoot
    let t = excess.relu / (root - slope).positiveOrOne
    return x + (other - x) * t.clamped(to: 0...1)
  }
}
