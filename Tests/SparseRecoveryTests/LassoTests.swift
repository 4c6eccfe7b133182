import Foundation
import SparseRecovery
import Tensors
import Testing

/// l₁ against scikit-learn 1.9.1: `Lasso(alpha=0.8 / m, fit_intercept=False, tol=1e-15)` of
/// A_ij = cos(1.7 (i + 1)(j + 1) + 0.3 j), b_i = sin(2.1 i) + 0.5.
@Suite struct LassoTests {
  static let wide: [Double] = [
    0, 0, 0, 0, 0.0977840007, -0.316554791, -0.0125205283, 0, 0, 0.4940731453, -0.5101788239, 0,
  ]
  static let tall: [Double] = [0.0097725199, 0, 0, 0, 0.6434855119, -0.0506536635]

  static func problem(_ m: Int, _ n: Int) -> (matrix: FactoredMatrix, b: Tensor) {
    var a: [Double] = []
    for i in 1...m {
      for j in 1...n {
        let angle: Double = 1.7 * Double(i * j) + 0.3 * Double(j - 1)
        a.append(cos(angle))
      }
    }
    let b: [Double] = (0..<m).map { sin(2.1 * Double($0)) + 0.5 }
    return (FactoredMatrix(Tensor(a, shape: [m, n])), Tensor(b, shape: [m, 1]))
  }

  @Test(arguments: [(8, 12, wide), (14, 6, tall)])
  func agreesWithScikitLearn(m: Int, n: Int, expected: [Double]) throws {
    let (matrix, b) = Self.problem(m, n)
    let problem = try SparseProblem(
      matrix, measurements: b, fidelity: .regularized(.init(0.8, .absolute)))
    var solver = SplittingSolver(.l1)
    solver.tolerance = 1e-12
    solver.maximumIterations = 20000
    let solution = try solver.solve(problem)
    #expect(solution.isConverged == [true])
    for (a, b) in zip(solution.coefficients.doubles, expected) { #expect(abs(a - b) < 1e-9) }
    #expect(solution.supportSizes[0] == expected.filter { $0 != 0 }.count)
  }

  /// The path reaches the same point from above, and a weight above ‖A'b‖_∞ gives 0.
  @Test func pathEndsAtTheSolution() throws {
    let (matrix, b) = Self.problem(8, 12)
    var solver = SplittingSolver(.l1)
    solver.tolerance = 1e-11
    solver.maximumIterations = 20000
    let path = RegularizationPath(
      solver, weights: RegularizationPath.geometric(from: 100, to: 0.8, count: 5), unit: .absolute)
    let found = try path.solve(matrix, measurements: b)
    #expect(found.map(\.weight).first == 100 && abs(found.last!.weight - 0.8) < 1e-12)
    #expect(found[0].solution.supportSizes == [0])
    for (a, b) in zip(found.last!.solution.coefficients.doubles, Self.wide) {
      #expect(abs(a - b) < 1e-8)
    }
  }

  /// Basis pursuit against its dual: A'ν within [-1, 1], and b'ν = ‖x‖₁.
  @Test func basisPursuitIsOptimal() throws {
    let generator = RandomGenerator(seed: 21)
    let a = try SensingMatrix.gaussian.draw(rows: 20, columns: 50, from: generator)
    let x = try SparseSignal(sparsity: 3).draw(length: 50, count: 4, from: generator)
    let problem = try SparseProblem(
      FactoredMatrix(a), measurements: a.matmul(x), fidelity: .equality)
    let found = try SplittingSolver(.l1).solve(problem)
    #expect(((found.coefficients - x).norm(along: 0) / x.norm(along: 0)).max().item < 1e-9)
    #expect(found.residuals.max()! < 1e-9)
  }
}
