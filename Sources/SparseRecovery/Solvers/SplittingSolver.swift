import Failures
import Tensors

/// The alternating direction method of multipliers for l₁, l½ and their ratios to l₂, in the
/// regularised, the constrained and the noisy problem. (l₁ - l₂ is `DifferenceOfConvexSolver`'s.)
///
/// For a ratio N(x) / ‖x‖^p, x is copied twice: x = y in the denominator, x = z in the numerator,
/// which makes all three subproblems closed, as Rahimi, Wang, Dong, Lou (SISC 2019) do for l₁ over
/// l₂. `SplittingState` has the equations. The data of each column are divided by the length of its
/// start, so that ρ and λ have no unit and a multiple of b gives the same multiple of x.
///
/// The sparse copy z is returned, with exact zeros. Under Ax = b it is polished by least squares on
/// its support; if it does not meet the constraint then, the feasible copy x is returned. Under
/// ‖Ax - b‖ ≤ ε it is moved towards that polished point as far as it takes to meet the constraint.
public struct SplittingSolver: SparseSolver {
  public var penalty: SparsePenalty
  /// The standard one for the problem where nil.
  public var parameter: PenaltyParameter?
  /// κ, the weight of x = y beside x = z in a ratio.
  public var kappa = 0.2
  /// Iterations after which an answer is given all the same, as not converged.
  public var maximumIterations = 1500
  /// Of ‖x - z‖ and ‖x - y‖ of scaled data; a tenth of it for the step of x.
  public var tolerance = 1e-7
  /// Whether a solution of Ax = b is polished.
  public var polishes = true
  /// Whether the solution has the moments of the way.
  public var keepsTrace = false
  /// Whether the iterations are made of tensor operations, as on a GPU they always are.
  public var isPlain = false

  /// - Precondition: the penalty is not l₁ - l₂.
  public init(_ penalty: SparsePenalty, parameter: PenaltyParameter? = nil) {
    precondition(penalty != .l1MinusL2, "SplittingSolver: l1 - l2 has a solver of its own")
    self.penalty = penalty
    self.parameter = parameter
    if penalty == .l1 { maximumIterations = 3000 }
  }

  public func solution(of problem: SparseProblem, from start: Tensor?) throws(Failure)
    -> SparseSolution
  {
    let start = if let start { start } else { try ownStart(for: problem) }
    let scale = scale(of: start, in: problem)
    var run = run(on: problem, from: start, scale: scale, offset: nil)
    run.run(iterations: maximumIterations)
    return solution(of: run, problem, scale: scale)
  }

  private func ownStart(for problem: SparseProblem) throws(Failure) -> Tensor {
    if penalty == .l1 {
      return Tensor.zeros(
        [problem.matrix.columns, problem.measurements.shape[1]], dtype: .float64,
        device: problem.measurements.device)
    }
    return try L1Start().solution(of: problem)
  }

  /// [1, B]: the length of the start, or for l₁ the largest element of the steepest-descent point.
  func scale(of start: Tensor, in problem: SparseProblem) -> Tensor {
    penalty == .l1
      ? problem.steepestDescentPoint.magnitude.max(along: 0, keeping: true).positiveOrOne
      : start.columnNorms.positiveOrOne
  }

  /// The work on scaled data, [B, n]. `offset` [B, n] is a linear term of the scaled objective.
  func run(on problem: SparseProblem, from start: Tensor, scale: Tensor, offset: Tensor?)
    -> SplittingRun
  {
    let matrix = problem.matrix
    let factors = scale.squeezed(0)
    let weights = weights(of: problem, scale: factors)
    let parameter =
      parameter
      ?? .standard(
        penalty, problem.fidelity, weight: weights.max(along: 0).item, matrix: matrix)
    let ones = Tensor.ones(like: factors)
    let (fidelity, radius): (SplittingState.Fidelity, Tensor) =
      switch problem.fidelity {
      case .regularized: (.leastSquares, ones)
      case .equality: (.equality, ones)
      case .ball(let radius):
        (
          .ball,
          (problem.radii(of: radius).squared - problem.outside.squared).relu.squareRoot / factors
        )
      }
    let state = SplittingState(
      basis: matrix.basis, roundedBasis: matrix.roundedBasis, eigenvalues: matrix.eigenvalues,
      floor: matrix.floor,
      targets: problem.targets / scale.transposed, start: (start / scale).transposed,
      fidelity: fidelity, isHalf: penalty.isHalf, kappa: penalty.isRatio ? kappa : nil,
      rho: ones * parameter.start(for: matrix), weight: weights, radius: radius, offset: offset)
    return SplittingRun(
      state, parameter: parameter, tolerance: tolerance,
      outside: (problem.outside / factors).squared.doubles, keepsTrace: keepsTrace,
      isPlain: isPlain)
  }

  /// λ of scaled data, [B].
  func weights(of problem: SparseProblem, scale: Tensor) -> Tensor {
    guard case .regularized(let weight) = problem.fidelity else { return .ones(like: scale) }
    // With A = 2^e A', λP(x) + ½‖Ax - b‖² is 2^2e times λ2^-2eP(x) + ½‖A'x - 2^-eb‖².
    let matrixDegrees = Double(-2 * problem.matrixExponent)
    let (values, degrees) =
      switch weight.unit {
      case .scaled:
        (
          Tensor.ones(like: scale) * weight.value,
          problem.solutionExponents.map { _ in matrixDegrees }
        )
      case .absolute:
        (
          scale.power(-penalty.weightDegree) * weight.value,
          problem.solutionExponents.map { matrixDegrees - penalty.weightDegree * Double($0) }
        )
      }
    return Tensor(zip(values.doubles, degrees).map(BinaryScale.bounded)).to(scale.device)
  }

  func solution(of run: SplittingRun, _ problem: SparseProblem, scale: Tensor) -> SparseSolution {
    let x = run.x.transposed * scale
    var coefficients = run.z.transposed * scale
    switch problem.fidelity {
    case .regularized: break
    case .equality:
      coefficients = Polish(problem).feasible(sparse: coefficients, exact: x, enabled: polishes)
    case .ball(let radius):
      coefficients = Polish(problem).within(
        problem.radii(of: radius), sparse: coefficients, exact: x)
    }
    var solution = SparseSolution(
      coefficients: coefficients, isConverged: run.isConverged, iterations: run.iterations,
      gaps: run.gaps, residuals: problem.residualNorms(of: coefficients).doubles,
      objectives: objectives(at: coefficients, problem, scale: scale),
      scales: scale.squeezed(0).doubles, trace: run.trace)
    solution.warnings = warnings(of: run, problem)
    return solution
  }

  /// What is minimised, of scaled data.
  func objectives(at x: Tensor, _ problem: SparseProblem, scale: Tensor) -> [Double] {
    guard case .regularized = problem.fidelity else { return penalty.function(x).doubles }
    let misfit = (problem.residualNorms(of: x) / scale.squeezed(0)).squared / 2
    let value = penalty.function(x / scale).squeezed(0)
    return (value * weights(of: problem, scale: scale.squeezed(0)) + misfit).doubles
  }

  private func warnings(of run: SplittingRun, _ problem: SparseProblem) -> [SparseWarning] {
    var warnings: [SparseWarning] = []
    let bound = PenaltyParameter.bound(for: problem.matrix)
    if case .regularized = problem.fidelity, penalty != .l1, let least = run.rho.min(),
      least < bound
    {
      warnings.append(.belowConvergenceBound(rho: least, bound: bound))
    }
    let open = run.isConverged.filter { !$0 }.count
    if open > 0 {
      let gaps = zip(run.gaps, run.isConverged).filter { !$0.1 }.map(\.0)
      warnings.append(.notConverged(columns: open, gap: gaps.max()!))
    }
    return warnings
  }
}
