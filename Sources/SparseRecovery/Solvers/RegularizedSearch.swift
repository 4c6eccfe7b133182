import Failures
import Tensors

/// λP(x) + ½‖Ax - b‖² from several starts and schedules, keeping the least objective: three
/// schedules from the l₁ solution, and one from the solution of each other penalty that is not
/// convex.
public struct RegularizedSearch: SparseSolver {
  public var penalty: SparsePenalty

  public init(_ penalty: SparsePenalty) { self.penalty = penalty }

  public func solution(of problem: SparseProblem, from start: Tensor?) throws(Failure)
    -> SparseSolution
  {
    let start = if let start { start } else { try L1Start().solution(of: problem) }
    var starts = [start, start, start]
    for other in [SparsePenalty.l1OverL2, .lHalf, .lHalfOverL2] where other != penalty {
      starts.append(try SplittingSolver(other).solution(of: problem, from: start).coefficients)
    }
    let limit = PenaltyParameter.certifiedValue(for: problem.matrix)
    var solutions: [SparseSolution] = []
    for (index, start) in starts.enumerated() {
      var solver = SplittingSolver(penalty)
      switch index {
      case 0: solver.kappa = 1
      case 1: break
      case 2: solver.parameter = .growing(from: 0.1, limit: limit)
      default: solver.parameter = .growing(from: 0.5, limit: limit)
      }
      solutions.append(try solver.solution(of: problem, from: start))
    }
    return CandidateSearch.best(of: solutions, by: penalty, problem)
  }
}
