import Tensors

extension Tensor {
  /// The nearest matrix with orthonormal rows, or columns where they are fewer: U Vᵀ of a matrix
  /// U S Vᵀ, by the iteration A ← (3 A - A Aᵀ A) / 2 of Newton and Schulz, which takes singular
  /// values in (0, √3) to 1, in the end quadratically.
  ///
  /// A head of this kind lets no class win by a longer row. LyaDEQ has such a layer; its text could
  /// not be read, and going back to the nearest one after each step of the optimizer, rather than a
  /// parametrisation (Cayley, Householder), is our choice. Six iterations are enough for that.
  package func nearestOrthonormal(iterations: Int) -> Tensor {
    let isWide = shape[0] <= shape[1]
    var a = isWide ? self : transposed
    // No singular value exceeds the root of the greatest row sum of |A Aᵀ|.
    a = a / a.matmul(a.transposed).magnitude.sum(along: 1).max().squareRoot
    for _ in 0..<iterations { a = a * 1.5 - a.matmul(a.transposed).matmul(a) * 0.5 }
    return isWide ? a : a.transposed.contiguous()
  }
}
