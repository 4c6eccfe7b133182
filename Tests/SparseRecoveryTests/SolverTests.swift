import Failures
import Foundation
import SparseRecovery
import Tensors
import Testing

/// Properties of whole solvers.
@Suite struct SolverTests {
  /// A noisy problem of six columns.
  private func instance(_ seed: UInt64, m: Int = 32, n: Int = 64, k: Int = 5) throws
    -> (a: Tensor, b: Tensor, truth: Tensor)
  {
    let generator = RandomGenerator(seed: seed)
    let a = try SensingMatrix.gaussian.draw(rows: m, columns: n, from: generator)
    let x = try SparseSignal(sparsity: k).draw(length: n, count: 6, from: generator)
    let b = MeasurementNoise.adding(decibels: 34, to: a.matmul(x), from: generator)
    return (a, b, x)
  }

  private static let penalties: [SparsePenalty] = [.l1, .l1OverL2, .lHalf, .lHalfOverL2]

  private func solve(
    _ a: Tensor, _ b: Tensor, _ penalty: SparsePenalty, _ fidelity: DataFidelity
  ) throws -> SparseSolution {
    try SplittingSolver(penalty).solve(
      SparseProblem(FactoredMatrix(a), measurements: b, fidelity: fidelity))
  }

  @Test(arguments: penalties)
  func solutionsScaleWithTheData(penalty: SparsePenalty) throws {
    let (a, b, _) = try instance(1)
    let one = try solve(a, b, penalty, .regularized(2e-3))
    let many = try solve(a, b * 1e4, penalty, .regularized(2e-3))
    let gap = (many.coefficients / 1e4 - one.coefficients).magnitude.max().item
    #expect(gap < 1e-9)
  }

  /// Permuting columns of A or changing their signs does the same to the solution; a column's
  /// solution does not depend on its neighbours.
  @Test(arguments: penalties)
  func solutionsFollowTheColumns(penalty: SparsePenalty) throws {
    let (a, b, _) = try instance(2)
    let one = try solve(a, b, penalty, .regularized(2e-3)).coefficients
    let order = RandomGenerator(seed: 3).permutation(64)
    let signs = (RandomGenerator(seed: 4).uniform([64], dtype: .float64) - 0.5).sign
    let other = try solve(
      a.selecting(order, along: 1) * signs, b, penalty, .regularized(2e-3)
    ).coefficients
    let expected = one.selecting(order) * signs.unsqueezed(1)
    #expect((other - expected).magnitude.max().item < 1e-6)
    let single = try solve(a, b.sliced(2..<3, along: 1), penalty, .regularized(2e-3))
    #expect((single.coefficients - one.sliced(2..<3, along: 1)).magnitude.max().item < 1e-6)
  }

  @Test func plainIterationsReachTheSameSolution() throws {
    let (a, b, _) = try instance(5)
    let problem = try SparseProblem(
      FactoredMatrix(a), measurements: b, fidelity: .regularized(2e-3))
    var solver = SplittingSolver(.lHalfOverL2)
    let fused = try solver.solve(problem)
    solver.isPlain = true
    let plain = try solver.solve(problem)
    #expect((fused.coefficients - plain.coefficients).magnitude.max().item < 1e-9)
    #expect(fused.iterations == plain.iterations)
  }

  /// Solutions of the regularised problem are stationary on their support:
  /// λ ∂R/∂z + A'(Az - b) = 0, with derivatives taken by automatic differentiation.
  @Test(arguments: [SparsePenalty.l1OverL2, .lHalf, .lHalfOverL2])
  func solutionsAreStationary(penalty: SparsePenalty) throws {
    let (a, b, _) = try instance(6)
    let problem = try SparseProblem(
      FactoredMatrix(a), measurements: b, fidelity: .regularized(.init(2e-3, .absolute)))
    var solver = SplittingSolver(penalty)
    solver.tolerance = 1e-9
    solver.maximumIterations = 20000
    let solution = try solver.solve(problem)
    #expect(solution.isConverged.allSatisfy { $0 })
    for column in 0..<6 {
      let x = solution.coefficients.sliced(column..<column + 1, along: 1)
      let support = (x.squeezed(1) .!= 0).trueIndices
      let z = x.selecting(support).differentiable()
      let part = a.selecting(support, along: 1)
      let misfit = part.matmul(z) - b.sliced(column..<column + 1, along: 1)
      let objective = penalty.function(z).sum() * 2e-3 + misfit.squared.sum() / 2
      #expect(gradient(of: objective, wrt: [z])[0].magnitude.max().item < 1e-7)
    }
  }

  /// Also where the iterations end early, where nothing meets it on the support, and in other units.
  @Test(arguments: [(1500, 1.0, 0), (20, 1.0, 0), (20, 1e-6, 0), (20, 1.0, 40)])
  func ballSolutionsLieInTheBall(iterations: Int, share: Double, exponent: Int) throws {
    let (a, b, truth) = try instance(7)
    let given = (a: a * scalbn(1, exponent), b: b * scalbn(1, -exponent))
    let noise = (b - a.matmul(truth)).norm(along: 0).max().item
    let radius = noise * share * scalbn(1, -exponent)
    for penalty in Self.penalties {
      var solver = SplittingSolver(penalty)
      solver.maximumIterations = iterations
      let problem = try SparseProblem(
        FactoredMatrix(given.a), measurements: given.b, fidelity: .ball(radius: radius))
      let x = try solver.solve(problem).coefficients
      #expect((given.a.matmul(x) - given.b).norm(along: 0).max().item <= radius, "\(penalty)")
      guard share == 1, iterations > 20 else { continue }
      let found = x * scalbn(1, 2 * exponent)
      let error = (found - truth).norm(along: 0) / truth.norm(along: 0)
      #expect(error.max().item < 0.2, "\(penalty)")
      #expect((x .== 0).to(.float64).mean().item > 0.5, "\(penalty)")
    }
  }

  @Test func differencesLieInTheBall() throws {
    let (a, b, truth) = try instance(7)
    let radius = (b - a.matmul(truth)).norm(along: 0).max().item
    let problem = try SparseProblem(
      FactoredMatrix(a), measurements: b, fidelity: .ball(radius: radius))
    let x = try DifferenceOfConvexSolver().solve(problem).coefficients
    #expect((a.matmul(x) - b).norm(along: 0).max().item <= radius)
  }

  /// Two blocks with the exact proximal operator at the certified ρ: the augmented Lagrangian never
  /// rises and the residual falls at a linear rate.
  @Test func certifiedLagrangianDecreases() throws {
    let (a, b, truth) = try instance(8, m: 40, n: 80)
    let matrix = FactoredMatrix(a)
    for (penalty, column) in [(RatioPenalty(.half), 0), (RatioPenalty(.one), 1)] {
      var solver = TwoBlockSolver(penalty, rho: PenaltyParameter.certifiedValue(for: matrix))
      solver.maximumIterations = 200
      let x = truth.sliced(column..<column + 1, along: 1)
      let scale = x.norm.item
      let start = matrix.matrix.transposed.matmul(b.sliced(column..<column + 1, along: 1)) / scale
      let (_, steps) = solver.minimize(
        matrix, measurements: b.sliced(column..<column + 1, along: 1) / scale, weight: 1e-3,
        from: start)
      let rises = zip(steps.dropFirst(), steps).map { $0.lagrangian - $1.lagrangian }
      #expect(rises.max()! < 1e-14)
      #expect(steps.last!.change < steps[0].change / 100)
    }
  }

  /// Growth of ρ reaches a lower objective than fixed values, on average over signals.
  @Test func growthFindsLowerObjectives() throws {
    let generator = RandomGenerator(seed: 9)
    let a = try SensingMatrix.gaussian.draw(rows: 64, columns: 128, from: generator)
    let x = try SparseSignal(sparsity: 16).draw(length: 128, count: 12, from: generator)
    let b = MeasurementNoise.adding(decibels: 25, to: a.matmul(x), from: generator)
    let matrix = FactoredMatrix(a)
    let problem = try SparseProblem(matrix, measurements: b, fidelity: .regularized(1e-3))
    func mean(_ parameter: PenaltyParameter?) throws -> Double {
      var solver = SplittingSolver(.lHalfOverL2, parameter: parameter)
      solver.maximumIterations = 3000
      let found = try solver.solve(problem).objectives
      return found.reduce(0, +) / Double(found.count)
    }
    let growing = try mean(nil)
    for parameter in [PenaltyParameter.certified, .fixed(2), .fixed(20)] {
      #expect(try mean(parameter) > growing, "\(parameter)")
    }
  }

  @Test func warnsBelowTheBound() throws {
    let (a, b, _) = try instance(10)
    let problem = try SparseProblem(
      FactoredMatrix(a), measurements: b, fidelity: .regularized(2e-3))
    let low = try SplittingSolver(.lHalfOverL2, parameter: .fixed(1)).solve(problem)
    #expect(low.warnings.contains { if case .belowConvergenceBound = $0 { true } else { false } })
    let certified = try SplittingSolver(.lHalfOverL2, parameter: .certified).solve(problem)
    #expect(
      !certified.warnings.contains { if case .belowConvergenceBound = $0 { true } else { false } })
    var short = SplittingSolver(.lHalfOverL2)
    short.maximumIterations = 20
    #expect(
      try short.solve(problem).warnings.contains {
        if case .notConverged(let columns, _) = $0 { columns == 6 } else { false }
      })
  }

  @Test func traceFollowsTheWork() throws {
    let (a, b, _) = try instance(11)
    let problem = try SparseProblem(
      FactoredMatrix(a), measurements: b.sliced(0..<1, along: 1), fidelity: .regularized(2e-3))
    var solver = SplittingSolver(.lHalfOverL2)
    solver.keepsTrace = true
    let solution = try solver.solve(problem)
    let last = solution.trace.last!
    #expect(last.iteration == solution.iterations[0])
    #expect(abs(last.objective - solution.objectives[0]) < 1e-12)
    #expect(last.support == Double(solution.supportSizes[0]) && last.residual < 1e-7)
  }

  /// With fixed λ the objective falls in each step; with k known, k elements are kept.
  @Test func iterativeHalfThresholding() throws {
    let (a, b, truth) = try instance(12)
    let matrix = FactoredMatrix(a)
    let problem = try SparseProblem(matrix, measurements: b, fidelity: .regularized(2e-3))
    var previous = [Double](repeating: .infinity, count: 6)
    for count in [1, 2, 5, 20, 100] {
      var solver = IterativeHalfThresholding()
      solver.maximumIterations = count
      let found = try solver.solve(problem).objectives
      #expect(zip(found, previous).allSatisfy { $0 <= $1 + 1e-15 })
      previous = found
    }
    let oracle = try IterativeHalfThresholding(.sparsity(5)).solve(problem)
    #expect(oracle.supportSizes == Array(repeating: 5, count: 6))
    let error = (oracle.coefficients - truth).norm(along: 0) / truth.norm(along: 0)
    #expect(error.max().item < 0.1)
    #expect(throws: Failure.self) {
      try IterativeHalfThresholding().solve(
        SparseProblem(matrix, measurements: b, fidelity: .equality))
    }
  }

  @Test func refusesProblemsWithoutSolution() throws {
    let generator = RandomGenerator(seed: 13)
    let tall = FactoredMatrix(generator.normal([20, 5], dtype: .float64))
    let b = generator.normal([20, 1], dtype: .float64)
    for fidelity in [
      DataFidelity.equality, .ball(radius: 0.01), .ball(radius: -1), .regularized(0),
    ] {
      #expect(throws: Failure.self) {
        try SparseProblem(tall, measurements: b, fidelity: fidelity)
      }
    }
    #expect(throws: Failure.self) {
      try SparseProblem(tall, measurements: b.sliced(0..<19), fidelity: .ball(radius: 100))
    }
    let zero = try SplittingSolver(.lHalfOverL2).solve(
      SparseProblem(tall, measurements: b * 0, fidelity: .equality))
    #expect(zero.coefficients.magnitude.max().item == 0)
  }

  /// However early a solver ends, what it gives under Ax = b is no worse than the tolerance of that.
  @Test(arguments: [20, 60, 140, 300])
  func unfinishedSolutionsMeetTheConstraint(iterations: Int) throws {
    let generator = RandomGenerator(seed: 16)
    let a = try SensingMatrix.gaussian.draw(rows: 24, columns: 64, from: generator)
    let x = try SparseSignal(sparsity: 8).draw(length: 64, count: 8, from: generator)
    let b = a.matmul(x)
    let problem = try SparseProblem(FactoredMatrix(a), measurements: b, fidelity: .equality)
    for polishes in [false, true] {
      for penalty in Self.penalties {
        var solver = SplittingSolver(penalty)
        solver.maximumIterations = iterations
        solver.polishes = polishes
        let found = try solver.solve(problem, from: x + 0.02)
        let sizes = b.norm(along: 0).doubles
        #expect(zip(found.residuals, sizes).allSatisfy { $0 <= $1 * 1e-6 }, "\(penalty)")
      }
    }
  }

  @Test func constraintsAreMetToAMillionth() throws {
    let matrix = FactoredMatrix(Tensor([1.0, 0], shape: [2, 1]))
    for (miss, isFeasible) in [(1e-8, true), (1e-5, false), (1e-2, false)] {
      let b = Tensor([1, miss], shape: [2, 1])
      let problem = try? SparseProblem(matrix, measurements: b, fidelity: .equality)
      #expect((problem != nil) == isFeasible)
    }
  }

  /// A tangent after the first lowers ‖x‖₁ - ‖x‖₂ further where l₁ has not found the signal.
  @Test func differenceOfConvexGoesOn() throws {
    let generator = RandomGenerator(seed: 17)
    let a = try SensingMatrix.gaussian.draw(rows: 24, columns: 64, from: generator)
    let x = try SparseSignal(sparsity: 9).draw(length: 64, count: 8, from: generator)
    let problem = try SparseProblem(
      FactoredMatrix(a), measurements: a.matmul(x), fidelity: .equality)
    var solver = DifferenceOfConvexSolver()
    let full = try solver.solve(problem).objectives
    solver.outerIterations = 1
    let once = try solver.solve(problem).objectives
    #expect(zip(full, once).allSatisfy { $0 <= $1 + 1e-4 })
    #expect(zip(full, once).contains { $0 < $1 - 1e-2 })
  }

  @Test func whatIsNotANumberIsNeverTheLeast() throws {
    let problem = try SparseProblem(
      FactoredMatrix(Tensor([1.0, 1], shape: [1, 2])), measurements: Tensor([1.0], shape: [1, 1]),
      fidelity: .equality)
    func solution(_ x: [Double]) -> SparseSolution {
      SparseSolution(
        coefficients: Tensor(x, shape: [2, 1]), isConverged: [true], iterations: [1], gaps: [0],
        residuals: [0], objectives: [0], scales: [1])
    }
    let candidates = [solution([.nan, 1]), solution([3, -2]), solution([0, 1])]
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
      let best = CandidateSearch.best(of: order.map { candidates[$0] }, by: .l1, problem)
      #expect(best.coefficients.doubles == [0, 1] && best.objectives == [1])
    }
  }

  /// In noise too, a search ends no higher than a single run with the same start.
  @Test func regularizedSearchIsNoWorseThanOneRun() throws {
    let (a, b, _) = try instance(15, m: 24, n: 64, k: 6)
    let problem = try SparseProblem(
      FactoredMatrix(a), measurements: b, fidelity: .regularized(1e-3))
    for penalty in [SparsePenalty.lHalf, .lHalfOverL2] {
      let one = try SplittingSolver(penalty).solve(problem).objectives
      let found = try RegularizedSearch(penalty).solve(problem).objectives
      #expect(zip(found, one).allSatisfy { $0 <= $1 * (1 + 1e-9) }, "\(penalty)")
    }
  }

  /// The search keeps the least of its candidates, column by column.
  @Test func searchKeepsTheLeast() throws {
    let generator = RandomGenerator(seed: 14)
    let a = try SensingMatrix.gaussian.draw(rows: 24, columns: 64, from: generator)
    let x = try SparseSignal(sparsity: 10).draw(length: 64, count: 8, from: generator)
    let problem = try SparseProblem(
      FactoredMatrix(a), measurements: a.matmul(x), fidelity: .equality)
    let pool = try CandidateSearch(.lHalfOverL2, candidates: CandidateSearch.pool).solve(problem)
    for candidate in CandidateSearch.pool {
      let one = try CandidateSearch(.lHalfOverL2, candidates: [candidate]).solve(problem)
      let values = RatioPenalty()(one.coefficients).doubles
      #expect(zip(pool.objectives, values).allSatisfy { $0 <= $1 * (1 + 1e-9) })
    }
    #expect(pool.residuals.max()! < 1e-6)
  }
}
