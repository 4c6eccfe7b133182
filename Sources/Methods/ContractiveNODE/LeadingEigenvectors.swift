import Tensors

extension Tensor {
  /// Unit vectors v that maximise v · S v in the Krylov spaces of symmetric maps S, one for each
  /// row: Lanczos's method with full orthogonalisation, then the small problem by repeated squaring.
  ///
  /// All is done for S + 2σ with σ ≥ ||S||, whose eigenvalues are σ at least. So a space that is
  /// exhausted early can go on with vectors of 0, whose eigenvalue 0 is below all others.
  ///
  /// - Parameters:
  ///   - map: S v of vectors [N, d], row by row.
  ///   - normBound: σ, a single element.
  ///   - iterations: dimension of the spaces; with at least d the result is exact.
  ///   - start: [N, d], none of them 0.
  /// - Returns: [N, d], not recorded.
  static func leadingEigenvectors(
    of map: (Tensor) -> Tensor, normBound: Tensor, iterations: Int, start: Tensor
  ) -> Tensor {
    withoutGradients {
      let shift = normBound.maximum(1e-12) * 2
      let negligible = shift * (start.dtype == .float64 ? 1e-12 : 1e-5)
      var vectors = [start / start.norm(along: 1, keeping: true)]
      var images: [Tensor] = []
      while true {
        let vector = vectors.last!
        images.append(map(vector) + vector * shift)
        if vectors.count == Swift.min(iterations, start.shape[1]) { break }
        let basis = Tensor.stacked(vectors, along: 1)
        var rest = images.last!.unsqueezed(2)
        for _ in 0..<2 { rest = rest - basis.transposed.matmul(basis.matmul(rest)) }
        rest = rest.squeezed(2)
        let length = rest.norm(along: 1, keeping: true)
        vectors.append(
          Tensor.select(length .> negligible, rest / length.maximum(negligible), rest * 0))
      }
      let basis = Tensor.stacked(vectors, along: 1)
      let small = basis.matmul(Tensor.stacked(images, along: 1).transposed)
      let direction = basis.transposed.matmul(small.leadingEigenvector).squeezed(2)
      return direction / direction.norm(along: 1, keeping: true)
    }
  }

  /// The eigenvector [N, m, 1] of the largest eigenvalue of symmetric matrices [N, m, m] without
  /// negative eigenvalues: A^p with p = 2^14 is its projection but for a factor.
  private var leadingEigenvector: Tensor {
    var power = to(.float64)
    power = power + power.transposed
    for _ in 0...14 {
      power = power / power.magnitude.max(along: 1, 2, keeping: true)
      power = power.matmul(power)
    }
    // The column that the eigenvector weighs most in.
    let diagonal = (power * Tensor.identity(shape[1]).like(power)).sum(along: 2)
    let column = diagonal.argMax(along: 1).oneHot(shape[1], dtype: .float64)
    let vector = power.matmul(column.unsqueezed(2))
    return (vector / vector.magnitude.max(along: 1, keeping: true)).to(dtype)
  }
}
