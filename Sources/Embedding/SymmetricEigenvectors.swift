/// Eigenvalues of a small symmetric matrix in descending order, each with its unit eigenvector, by
/// Jacobi's rotations (Golub, Van Loan, *Matrix computations*, section 8.5).
func symmetricEigenvectors(
  _ matrix: [Double], count: Int
) -> (values: [Double], vectors: [[Double]]) {
  var a = matrix
  var vectors = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0 } }
  let size = a.map(\.magnitude).max() ?? 0
  for _ in 0..<60 {
    var offDiagonal = 0.0
    for p in 0..<count {
      for q in p + 1..<max(count, p + 1) {
        let element = a[p * count + q]
        offDiagonal = max(offDiagonal, element.magnitude)
        if element == 0 { continue }
        let tau = (a[q * count + q] - a[p * count + p]) / (2 * element)
        let tangent = (tau < 0 ? -1 : 1) / (tau.magnitude + (1 + tau * tau).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        let sine = tangent * cosine
        for k in 0..<count {
          let (kp, kq) = (a[k * count + p], a[k * count + q])
          a[k * count + p] = cosine * kp - sine * kq
          a[k * count + q] = sine * kp + cosine * kq
        }
        for k in 0..<count {
          let (pk, qk) = (a[p * count + k], a[q * count + k])
          a[p * count + k] = cosine * pk - sine * qk
          a[q * count + k] = sine * pk + cosine * qk
          let (vp, vq) = (vectors[p][k], vectors[q][k])
          vectors[p][k] = cosine * vp - sine * vq
          vectors[q][k] = sine * vp + cosine * vq
        }
      }
    }
    if offDiagonal <= 1e-15 * size { break }
  }
  let order = (0..<count).sorted { a[$0 * count + $0] > a[$1 * count + $1] }
  return (order.map { a[$0 * count + $0] }, order.map { vectors[$0] })
}
