import Failures
import Tensors

/// λ‖x‖₁ + ½‖Ax - b‖² by whichever is the better algorithm for the problem: coordinate descent for a few
/// columns, each of which it solves in a few products with parts of A; the method of multipliers for many,
/// which share one decomposition of A there, and for whatever the descent gives up on.
public struct LassoSolver: SparseSolver {
  /// Columns up to which descent is tried. Where the two take equally long depends on m and n: at about
  /// ten at 256 x 1024 and at more for larger matrices.
  static let mostColumns = 8

  public var penalty: SparsePenalty { .l1 }

  public init() {}

  public func solution(of problem: SparseProblem, from start: Tensor?) throws(Failure)
    -> SparseSolution
  {
    if let found = WorkingSetDescent().solution(of: problem, from: start) { return found }
    return try SplittingSolver(.l1).solution(of: problem, from: start)
  }
}
