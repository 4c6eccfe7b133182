import Failures
import Tensors

/// Where solvers of problems that are not convex begin: the l₁ solution of the same constraint, and
/// of the regularised problem with a weight relative to the largest, above which it is 0.
///
/// Never the solution of least norm: its size and support are wrong, and with noise and an
/// ill-conditioned matrix it explodes.
struct L1Start {
  /// λ beside ‖A'b‖_∞.
  var relativeWeight = 0.02

  /// In the units of the problem.
  func solution(of problem: SparseProblem) throws(Failure) -> Tensor {
    guard case .regularized = problem.fidelity else {
      return try SplittingSolver(.l1).solution(of: problem, from: nil).coefficients
    }
    let largest = problem.matrix.matrix.transposed.matmul(problem.measurements).magnitude
      .max(along: 0)
    // Each column is divided by its own ‖A'b‖_∞, so that one weight serves all.
    let scale = largest.positiveOrOne.unsqueezed(0)
    let scaled = problem.with(
      measurements: problem.measurements / scale,
      fidelity: .regularized(.init(relativeWeight, .absolute)))
    var solver = SplittingSolver(.l1)
    solver.tolerance = 1e-5
    solver.maximumIterations = 1000
    return try solver.solution(of: scaled, from: nil).coefficients * scale
  }
}
