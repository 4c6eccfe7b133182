import Failures
import Tensors

/// Runs several solvers and keeps for each column the answer with the least penalty (under a
/// constraint) or objective.
///
/// No knowledge of the true signal is needed: in all our trials a wrong answer had a larger ratio
/// than the true one, so failures are those of a search, not of the model.
public struct CandidateSearch: SparseSolver {
  /// A run of the splitting method, or of `DifferenceOfConvexSolver`.
  public struct Candidate: Sendable, Hashable {
    /// What is minimised.
    public var penalty: SparsePenalty
    /// First ρ; the standard one where nil.
    public var rho: Double?
    /// κ, the weight of x = y beside x = z in a ratio.
    public var kappa: Double

    /// A run with the standard choice of what is not given.
    public init(_ penalty: SparsePenalty, rho: Double? = nil, kappa: Double = 0.2) {
      self.penalty = penalty
      self.rho = rho
      self.kappa = kappa
    }

    /// The solver that makes this run on a problem.
    public func solver(for problem: SparseProblem) -> any SparseSolver {
      if penalty == .l1MinusL2 { return DifferenceOfConvexSolver() }
      var solver = SplittingSolver(penalty)
      solver.kappa = kappa
      if let rho {
        let isPenalized = if case .regularized = problem.fidelity { true } else { false }
        solver.parameter = .growing(
          from: rho,
          limit: isPenalized ? PenaltyParameter.certifiedValue(for: problem.matrix) : 1e7)
      }
      return solver
    }
  }

  /// What is compared.
  public var penalty: SparsePenalty
  /// The runs, of which the answer with the least `penalty` is kept; at least one.
  public var candidates: [Candidate]

  public init(_ penalty: SparsePenalty, candidates: [Candidate]) {
    self.penalty = penalty
    self.candidates = candidates
  }

  /// Three schedules of the same penalty.
  public static func schedules(of penalty: SparsePenalty) -> [Candidate] {
    penalty.isRatio
      ? [
        .init(penalty, rho: 30, kappa: 1), .init(penalty, rho: 100, kappa: 1),
        .init(penalty, rho: 100, kappa: 0.2),
      ]
      : [.init(penalty, rho: 30), .init(penalty, rho: 100)]
  }

  /// The answers of all penalties.
  public static let pool: [Candidate] =
    [.init(.l1), .init(.l1MinusL2)] + schedules(of: .lHalf)
    + [.init(.l1OverL2, rho: 30), .init(.l1OverL2, rho: 100)] + schedules(of: .lHalfOverL2)

  public func solution(of problem: SparseProblem, from start: Tensor?) throws(Failure)
    -> SparseSolution
  {
    let start = if let start { start } else { try L1Start().solution(of: problem) }
    var solutions: [SparseSolution] = []
    for candidate in candidates {
      solutions.append(
        try candidate.penalty == .l1
          ? candidate.solver(for: problem).solution(of: problem, from: nil)
          : candidate.solver(for: problem).solution(of: problem, from: start))
    }
    return Self.best(of: solutions, by: penalty, problem)
  }

  /// The least of each column by one measure, on the data scaled alike. All is in the problem's units.
  public static func best(
    of solutions: [SparseSolution], by penalty: SparsePenalty, _ problem: SparseProblem
  ) -> SparseSolution {
    var best = solutions[0]
    let solver = SplittingSolver(penalty == .l1MinusL2 ? .l1 : penalty)
    let scale = Tensor(best.scales).unsqueezed(0)
    let values = solutions.map { solution -> [Double] in
      if case .regularized = problem.fidelity, penalty != .l1MinusL2 {
        return solver.objectives(at: solution.coefficients, problem, scale: scale)
      }
      return penalty.function(solution.coefficients).doubles
    }
    // What is not a number is never the least.
    let costs = values.map { $0.map { $0.isNaN ? Double.infinity : $0 } }
    var columns: [Tensor] = []
    for column in 0..<best.count {
      let winner = solutions.indices.min { costs[$0][column] < costs[$1][column] }!
      let solution = solutions[winner]
      columns.append(solution.coefficients.sliced(column..<column + 1, along: 1))
      best.isConverged[column] = solution.isConverged[column]
      best.iterations[column] = solutions.map { $0.iterations[column] }.reduce(0, +)
      best.gaps[column] = solution.gaps[column]
      best.residuals[column] = solution.residuals[column]
      best.objectives[column] = values[winner][column]
    }
    best.coefficients = Tensor.concatenated(columns, along: 1)
    return best
  }
}
