import Tensors

/// A method as the studies and the command line name it: a penalty with an amount of search.
public enum RecoveryMethod: String, Sendable, CaseIterable, Codable {
  case l1
  /// By the difference-of-convex algorithm.
  case l1MinusL2 = "l1-l2"
  case l1OverL2 = "l1/l2"
  /// Two first values of ρ, the least ratio of l₁ to l₂ wins.
  case l1OverL2Schedules = "l1/l2-ms"
  case lHalf = "lhalf"
  case lHalfSchedules = "lhalf-ms"
  case ratioEven = "lhalf/l2-even"
  /// With κ = 0.2, the default.
  case ratio = "lhalf/l2"
  /// Three runs of the ratio, the least one wins.
  case ratioSchedules = "lhalf/l2-ms"
  /// The answers of all penalties, the least ratio of l½ to l₂ wins.
  case pool

  /// What is compared among the candidates.
  public var penalty: SparsePenalty {
    switch self {
    case .l1: .l1
    case .l1MinusL2: .l1MinusL2
    case .l1OverL2, .l1OverL2Schedules: .l1OverL2
    case .lHalf, .lHalfSchedules: .lHalf
    case .ratioEven, .ratio, .ratioSchedules, .pool: .lHalfOverL2
    }
  }

  /// The runs under a constraint.
  public var candidates: [CandidateSearch.Candidate] {
    switch self {
    case .l1, .l1MinusL2: [.init(penalty)]
    case .l1OverL2, .lHalf: [.init(penalty, rho: 30)]
    case .l1OverL2Schedules: [.init(.l1OverL2, rho: 30), .init(.l1OverL2, rho: 100)]
    case .lHalfSchedules, .ratioSchedules: CandidateSearch.schedules(of: penalty)
    case .ratioEven: [.init(penalty, rho: 100, kappa: 1)]
    case .ratio: [.init(penalty, rho: 100, kappa: 0.2)]
    case .pool: CandidateSearch.pool
    }
  }

  /// The solver for a problem; the regularised one has schedules of its own.
  public func solver(for fidelity: DataFidelity) -> any SparseSolver {
    guard case .regularized = fidelity else {
      return CandidateSearch(penalty, candidates: candidates)
    }
    switch self {
    case .l1MinusL2: return DifferenceOfConvexSolver()
    case .l1: return LassoSolver()
    case .l1OverL2, .lHalf, .ratio: return SplittingSolver(penalty)
    case .ratioEven:
      var solver = SplittingSolver(penalty)
      solver.kappa = 1
      return solver
    case .l1OverL2Schedules, .lHalfSchedules, .ratioSchedules, .pool:
      return RegularizedSearch(penalty)
    }
  }
}
