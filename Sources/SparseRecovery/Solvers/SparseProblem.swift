import Tensors

/// Find sparse x with Ax = b or nearly so, for each column of b.
public struct SparseProblem: Sendable {
  public let matrix: FactoredMatrix
  /// b [m, B], float64.
  public let measurements: Tensor
  public let fidelity: DataFidelity
  /// β [B, r] and the length [B] of what no Ax reaches.
  let targets: Tensor
  let outside: Tensor

  /// - Parameter measurements: [m, B], a problem a column.
  /// - Throws: `SparseRecoveryError` if the shapes do not fit, an option is out of its range or no
  ///   point meets the constraint.
  public init(_ matrix: FactoredMatrix, measurements: Tensor, fidelity: DataFidelity)
    throws(SparseRecoveryError)
  {
    let shape = measurements.shape
    guard shape.count == 2, shape[0] == matrix.rows, shape[1] >= 1 else {
      throw SparseRecoveryError(
        .malformedData, at: "measurements",
        expected: "[\(matrix.rows), B], a row for each row of the matrix", found: "\(shape)",
        remedy: "Give one measurement for each row of the matrix.")
    }
    self.matrix = matrix
    self.measurements = measurements.to(.float64)
    self.fidelity = fidelity
    (targets, outside) = matrix.coordinates(of: measurements)
    try check()
  }

  private func check() throws(SparseRecoveryError) {
    let nearest = nearestResidual
    switch fidelity {
    case .regularized(let weight):
      guard weight.value > 0, weight.value.isFinite else {
        throw SparseRecoveryError(
          .invalidOption, at: "lambda", expected: "a number above 0", found: "\(weight.value)",
          remedy: "Use the equality constraint for measurements without noise.")
      }
    case .equality:
      guard nearest.relative < 1e-6 else {
        throw SparseRecoveryError(
          .infeasible, at: "measurements", expected: "Ax = b to have a solution",
          found: "‖Ax - b‖ ≥ \(nearest.relative) ‖b‖ for every x",
          remedy: "Allow for noise: give eps or lambda.")
      }
    case .ball(let radius):
      guard radius > 0, radius.isFinite else {
        throw SparseRecoveryError(
          .invalidOption, at: "eps", expected: "a number above 0", found: "\(radius)",
          remedy: "Use the equality constraint for measurements without noise.")
      }
      guard nearest.absolute < radius else {
        throw SparseRecoveryError(
          .infeasible, at: "eps", expected: "‖Ax - b‖ ≤ \(radius) to have a solution",
          found: "‖Ax - b‖ ≥ \(nearest.absolute) for every x", remedy: "Give a larger eps.")
      }
    }
  }

  /// The least ‖Ax - b‖ over x of the worst column, and beside ‖b‖.
  private var nearestResidual: (absolute: Double, relative: Double) {
    let isNull = (matrix.eigenvalues .<= matrix.floor).to(.float64)
    let unreachable = ((targets.squared * isNull).sum(along: 1) + outside.squared).squareRoot
    let size = measurements.norm(along: 0).positiveOrOne
    return (unreachable.max(along: 0).item, (unreachable / size).max(along: 0).item)
  }

  /// ‖Ax - b‖ of each column, [B].
  func residualNorms(of x: Tensor) -> Tensor {
    (matrix.matrix.matmul(x) - measurements).norm(along: 0)
  }

  /// The minimiser of ½‖Ax - b‖² along the gradient at 0, [n, B]: a point of the right size even
  /// where A is ill-conditioned and b noisy, unlike the solution of least norm.
  var steepestDescentPoint: Tensor {
    let a = matrix.matrix
    let gradient = a.transposed.matmul(measurements)
    let image = a.matmul(gradient).squared.columnSums
    return gradient * (gradient.squared.columnSums / image.positiveOrOne)
  }
}
