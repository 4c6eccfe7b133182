import Tensors

/// A way to solve sparse recovery problems.
public protocol SparseSolver: Sendable {
  /// Solves a problem for each column of its measurements.
  ///
  /// - Parameter start: [n, B]; the solver's own where nil, the l₁ solution for penalties that are
  ///   not convex.
  func solve(_ problem: SparseProblem, from start: Tensor?) throws(SparseRecoveryError)
    -> SparseSolution
}

extension SparseSolver {
  public func solve(_ problem: SparseProblem) throws(SparseRecoveryError) -> SparseSolution {
    try solve(problem, from: nil)
  }
}
