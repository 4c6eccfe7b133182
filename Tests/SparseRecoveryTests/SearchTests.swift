import Tensors
import Testing

@testable import SparseRecovery

@Suite("Where searches begin, and from where they go on")
struct SearchTests {
  /// Noisy measurements of sparse signals, by a Gaussian matrix.
  private func problem(count: Int, weight: Double) throws -> SparseProblem {
    let generator = RandomGenerator(seed: 16)
    let a = try SensingMatrix.gaussian.draw(rows: 16, columns: 48, from: generator)
    let x = try SparseSignal(sparsity: 6).draw(length: 48, count: count, from: generator)
    let b = a.matmul(x) + generator.normal([16, count], dtype: .float64) * 0.01
    return try SparseProblem(
      FactoredMatrix(a), measurements: b, fidelity: .regularized(.init(weight, .absolute)))
  }

  /// λ = 0.02 ‖A'b‖_∞ of each column, whatever the problem's own weight.
  @Test("The start is the l1 solution with a weight in proportion to each column's largest slope")
  func start() throws {
    let problem = try problem(count: 3, weight: 0.3)
    let found = try L1Start().solution(of: problem)
    let a = problem.matrix.matrix
    for column in 0..<3 {
      let b = problem.measurements.sliced(column..<column + 1, along: 1)
      let weight = 0.02 * a.transposed.matmul(b).magnitude.max().item
      let expected = try LassoSolver().solution(
        of: SparseProblem(
          problem.matrix, measurements: b, fidelity: .regularized(.init(weight, .absolute))),
        from: nil
      ).coefficients
      let own = found.sliced(column..<column + 1, along: 1)
      #expect((own - expected).norm.item <= 1e-3 * expected.norm.item)
    }
  }

  @Test("A regularised search ends no higher than runs from what the other penalties find")
  func otherPenalties() throws {
    let problem = try problem(count: 8, weight: 1e-3)
    let start = try L1Start().solution(of: problem)
    let penalty = SparsePenalty.lHalf
    var solver = SplittingSolver(penalty)
    solver.parameter = .growing(
      from: 0.5, limit: PenaltyParameter.certifiedValue(for: problem.matrix))
    let found = try RegularizedSearch(penalty).solution(of: problem, from: start)
    for other in [SparsePenalty.l1OverL2, .lHalfOverL2] {
      let place = try SplittingSolver(other).solution(of: problem, from: start).coefficients
      let one = try solver.solution(of: problem, from: place).coefficients
      // In the units of the search.
      let objectives = solver.objectives(
        at: one, problem, scale: Tensor(found.scales).unsqueezed(0))
      #expect(
        zip(found.objectives, objectives).allSatisfy { $0 <= $1 * (1 + 1e-9) }, "\(other)")
    }
  }
}
