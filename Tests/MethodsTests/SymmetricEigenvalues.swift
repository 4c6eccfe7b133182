import Foundation
import Tensors

/// All eigenvalues of a symmetric matrix, by Jacobi's rotations.
func symmetricEigenvalues(_ matrix: [[Double]]) -> [Double] {
  var a = matrix
  let n = a.count
  for _ in 0..<30 {
    var rest = 0.0
    for p in 0..<n {
      for q in p + 1..<max(n, p + 1) where a[p][q] != 0 {
        rest += a[p][q] * a[p][q]
        let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
        let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot()
        let s = t * c
        for k in 0..<n {
          (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q])
        }
        for k in 0..<n {
          (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
        }
      }
    }
    if rest < 1e-26 { break }
  }
  return (0..<n).map { a[$0][$0] }
}

/// (A + Aᵀ) / 2.
func symmetricPart(_ matrix: [[Double]]) -> [[Double]] {
  matrix.indices.map { i in matrix.indices.map { (matrix[i][$0] + matrix[$0][i]) / 2 } }
}

/// The Jacobian of a field at a state [d], row by row from automatic differentiation.
func jacobian(of field: (Tensor) -> Tensor, at state: Tensor) -> [[Double]] {
  let d = state.count
  let leaf = state.detached.expanded([d, d]).contiguous().differentiable()
  let seed = Tensor.identity(d, dtype: state.dtype)
  return gradient(of: field(leaf), wrt: [leaf], seed: seed)[0].rowsOfDoubles
}

extension Tensor {
  /// The rows of a matrix.
  var rowsOfDoubles: [[Double]] {
    let (all, width) = (doubles, shape[1])
    return (0..<shape[0]).map { Array(all[$0 * width..<($0 + 1) * width]) }
  }

  /// A matrix of the given rows, in float64.
  init(_ rows: [[Double]]) {
    self.init(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
  }
}
