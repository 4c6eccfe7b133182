import Foundation
import SparseRecovery
import Tensors
import Testing

@Suite("l1 by coordinate descent on working sets, or by the method of multipliers")
struct LassoSolverTests {
  /// A Gaussian matrix with unit columns, and noisy measurements of sparse signals.
  private func problem(
    rows: Int, columns: Int, count: Int, weight: Double, seed: UInt64 = 5
  ) throws -> SparseProblem {
    let generator = RandomGenerator(seed: seed)
    let a = try SensingMatrix.gaussian.draw(rows: rows, columns: columns, from: generator)
    let x = try SparseSignal(sparsity: rows / 8).draw(
      length: columns, count: count, from: generator)
    let b = a.matmul(x) + generator.normal([rows, count], dtype: .float64) * 0.01
    return try SparseProblem(
      FactoredMatrix(a), measurements: b, fidelity: .regularized(.init(weight, .absolute)))
  }

  /// The largest |A'(b - Ax)| is λ, and it is λ with x's sign wherever x is not 0.
  private func expectOptimal(_ x: Tensor, _ problem: SparseProblem, weight: Double) {
    let a = problem.matrix.matrix
    let slopes = a.transposed.matmul(problem.measurements - a.matmul(x))
    #expect(slopes.magnitude.max().item <= weight * (1 + 1e-8))
    let isOn = (x .!= 0).to(.float64)
    #expect(((slopes - x.sign * weight) * isOn).magnitude.max().item <= 1e-8 * weight)
  }

  @Test(
    "Slopes are at most λ, and ±λ on the support, for wide, square and tall matrices",
    arguments: [(32, 100), (40, 40), (80, 16)], [1e-3, 0.05, 0.5])
  func optimal(size: (Int, Int), weight: Double) throws {
    let problem = try problem(rows: size.0, columns: size.1, count: 3, weight: weight)
    let found = try LassoSolver().solve(problem)
    #expect(found.isConverged == [true, true, true])
    expectOptimal(found.coefficients, problem, weight: weight)
  }

  @Test(
    "scikit-learn's minimisers", arguments: [(8, 12, LassoTests.wide), (14, 6, LassoTests.tall)])
  func peer(m: Int, n: Int, expected: [Double]) throws {
    let (matrix, b) = LassoTests.problem(m, n)
    let found = try LassoSolver().solve(
      SparseProblem(matrix, measurements: b, fidelity: .regularized(.init(0.8, .absolute))))
    for (a, b) in zip(found.coefficients.doubles, expected) { #expect(abs(a - b) < 1e-9) }
    #expect(found.supportSizes[0] == expected.filter { $0 != 0 }.count)
  }

  @Test("What the method of multipliers finds, in the same units")
  func multipliers() throws {
    let problem = try problem(rows: 40, columns: 120, count: 2, weight: 0.02)
    var splitting = SplittingSolver(.l1)
    splitting.tolerance = 1e-11
    splitting.maximumIterations = 20_000
    let (a, b) = (try LassoSolver().solve(problem), try splitting.solve(problem))
    #expect((a.coefficients - b.coefficients).magnitude.max().item < 1e-8)
    for (x, y) in zip(a.objectives, b.objectives) { #expect(abs(x - y) <= 1e-10 * abs(y)) }
    for (x, y) in zip(a.scales, b.scales) { #expect(x == y) }
    // Of scaled weights as well.
    let scaled = try SparseProblem(
      problem.matrix, measurements: problem.measurements, fidelity: .regularized(2e-3))
    let difference =
      try LassoSolver().solve(scaled).coefficients - splitting.solve(scaled).coefficients
    #expect(difference.magnitude.max().item < 1e-6)
  }

  @Test("Many columns go to the method of multipliers, a few never decompose the matrix")
  func choice() throws {
    let many = try problem(rows: 24, columns: 60, count: 9, weight: 0.05)
    let found = try LassoSolver().solve(many)
    let plain = try SplittingSolver(.l1).solve(many)
    #expect(found.coefficients.doubles == plain.coefficients.doubles)
    #expect(found.iterations == plain.iterations)
    let few = try LassoSolver().solve(
      SparseProblem(
        many.matrix, measurements: many.measurements.sliced(0..<1, along: 1),
        fidelity: .regularized(.init(0.05, .absolute))))
    #expect(few.iterations != [found.iterations[0]])
  }

  @Test("From a start, and with equal or empty columns of A, and measurements of 0")
  func starts() throws {
    let problem = try problem(rows: 30, columns: 80, count: 1, weight: 0.05)
    let first = try LassoSolver().solve(problem)
    let again = try LassoSolver().solve(problem, from: first.coefficients)
    #expect((again.coefficients - first.coefficients).magnitude.max().item < 1e-9)
    let a = problem.matrix.matrix
    let twice = Tensor.concatenated([a, a, Tensor.zeros([30, 1], dtype: .float64)], along: 1)
    let degenerate = try SparseProblem(
      FactoredMatrix(twice), measurements: problem.measurements,
      fidelity: .regularized(.init(0.05, .absolute)))
    expectOptimal(try LassoSolver().solve(degenerate).coefficients, degenerate, weight: 0.05)
    let zero = try SparseProblem(
      problem.matrix, measurements: .zeros([30, 1], dtype: .float64),
      fidelity: .regularized(.init(0.05, .absolute)))
    #expect(try LassoSolver().solve(zero).supportSizes == [0])
  }
}
