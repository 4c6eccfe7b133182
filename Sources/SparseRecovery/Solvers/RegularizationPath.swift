import Failures
import Foundation
import Tensors

/// Solutions of λP(x) + ½‖Ax - b‖² for falling λ, each started from the one before.
public struct RegularizationPath: Sendable {
  /// What solves the problem of each λ.
  public var solver: any SparseSolver
  /// λ, of the unit of `unit`; they are visited from large to small.
  public var weights: [Double]
  /// The units of `weights`.
  public var unit: DataFidelity.Weight.Unit

  /// A path; λ are of scaled data unless they are given as they stand in the objective.
  public init(
    _ solver: any SparseSolver, weights: [Double], unit: DataFidelity.Weight.Unit = .scaled
  ) {
    self.solver = solver
    self.weights = weights
    self.unit = unit
  }

  /// `count` weights from `largest` down to `smallest` in equal ratios.
  public static func geometric(from largest: Double, to smallest: Double, count: Int) -> [Double] {
    (0..<count).map {
      count == 1
        ? largest
        : largest * pow(smallest / largest, Double($0) / Double(count - 1))
    }
  }

  /// A solution for each weight, in the order of falling weights.
  ///
  /// - Throws: what the solver throws.
  public func solve(_ matrix: FactoredMatrix, measurements: Tensor) throws(Failure)
    -> [(weight: Double, solution: SparseSolution)]
  {
    var found: [(weight: Double, solution: SparseSolution)] = []
    var start: Tensor?
    for weight in weights.sorted(by: >) {
      let problem = try SparseProblem(
        matrix, measurements: measurements, fidelity: .regularized(.init(weight, unit)))
      let solution = try solver.solve(problem, from: start)
      // A solution that is 0 has no direction to start from.
      let isZero = !(solution.coefficients .!= 0).any(along: 0).all().isTrue
      start = isZero ? nil : solution.coefficients
      found.append((weight, solution))
    }
    return found
  }
}
