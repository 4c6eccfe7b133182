import Failures
import Foundation
import Tensors

/// A way to solve sparse recovery problems. Those who ask call `solve(_:from:)`; those who conform
/// write `solution(of:from:)`.
public protocol SparseSolver: Sendable {
  /// P, which is minimised.
  var penalty: SparsePenalty { get }

  /// Solves a problem for each column of its measurements, all in the problem's own units.
  ///
  /// - Parameter start: [n, B]; the solver's own where nil, the l₁ solution for penalties that are
  ///   not convex.
  /// - Throws: `Failure` if the problem has no solution that the solver can find.
  func solution(of problem: SparseProblem, from start: Tensor?) throws(Failure)
    -> SparseSolution
}

extension SparseSolver {
  /// Solves a problem for each column of its measurements, of whatever size A and b are.
  ///
  /// - Parameter start: [n, B]; the solver's own where nil, the l₁ solution for penalties that are
  ///   not convex.
  /// - Throws: `Failure`, also if a solution is not a number or beyond float64's range.
  public func solve(_ problem: SparseProblem, from start: Tensor? = nil)
    throws(Failure) -> SparseSolution
  {
    let exponents = problem.solutionExponents
    let start = start?.scaledColumns(byTwoToThe: exponents.map { -$0 })
    var found = try solution(of: problem, from: start)
    let sizes = found.coefficients.magnitude.max(along: 0).doubles
    found.coefficients = problem.inGivenUnits(found.coefficients)
    found.scales = zip(found.scales, exponents).map { scalbn($0, $1) }
    found.residuals = zip(found.residuals, problem.exponents).map { scalbn($0, $1) }
    if case .regularized = problem.fidelity {
      // Of scaled data, and so without a unit.
    } else {
      found.objectives = zip(found.objectives, exponents).map {
        $0 * exp2(penalty.degree * Double($1))
      }
    }
    try check(found, sizes: sizes, exponents: exponents)
    return found
  }

  /// A solution is finite, and 0 only where it was found to be.
  private func check(
    _ found: SparseSolution, sizes: [Double], exponents: [Int]
  ) throws(Failure) {
    for (column, size) in sizes.enumerated() {
      let isInRange = size == 0 || Double.leastNormalMagnitude <= scalbn(size, exponents[column])
      // The largest of elements one of which is not a number is not a number either.
      let isFinite = scalbn(size, exponents[column]).isFinite
      if isFinite && isInRange { continue }
      throw Failure(
        .unsuitable, at: "column \(column)",
        expected: "a solution with elements within the range of float64",
        found: size.isFinite
          ? "about 1e\(Int((log10(size) + Double(exponents[column]) * log10(2)).rounded()))"
          : "a result that is not a number",
        remedy: size.isFinite
          ? "Give the matrix and the measurements in other units."
          : "Try --method l1, or report the problem.")
    }
  }
}
