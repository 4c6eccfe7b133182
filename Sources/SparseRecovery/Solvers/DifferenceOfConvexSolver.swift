import Failures
import Tensors

/// ‖x‖₁ - ‖x‖₂ by the difference-of-convex algorithm (Yin, Lou, He, Xin 2015): the concave part is
/// replaced by its tangent at the last point,
///
///     x⁺ = argmin ‖x‖₁ - ⟨x, x_k / ‖x_k‖⟩   under the same constraint,
///
/// a convex problem that the alternating direction method solves from where it stopped.
public struct DifferenceOfConvexSolver: SparseSolver {
  /// Convex problems at most; fewer where x is still to 1e-6 of its length.
  public var outerIterations = 10
  /// Iterations of the splitting method on each.
  public var innerIterations = 1000
  /// That of the splitting method: ‖x - z‖ of scaled data.
  public var tolerance = 1e-7
  /// Whether the solution has the moments of all convex problems, one behind the other.
  public var keepsTrace = false

  public init() {}

  public var penalty: SparsePenalty { .l1MinusL2 }

  public func solution(of problem: SparseProblem, from start: Tensor?) throws(Failure)
    -> SparseSolution
  {
    var inner = SplittingSolver(.l1)
    inner.tolerance = tolerance
    inner.keepsTrace = keepsTrace
    var current =
      if let start { start } else {
        try inner.solution(of: problem, from: nil).coefficients
      }
    var solution: SparseSolution?
    let scale = inner.scale(of: current, in: problem)
    for _ in 0..<outerIterations {
      let weights = inner.weights(of: problem, scale: scale.squeezed(0)).unsqueezed(1)
      let tangent = (current / current.columnNorms.positiveOrOne).transposed * weights
      var run = inner.run(on: problem, from: current, scale: scale, offset: tangent)
      run.run(iterations: innerIterations)
      let next = inner.solution(of: run, problem, scale: scale)
      let move = (next.coefficients - current).columnNorms
      let isStill = !(move .> next.coefficients.columnNorms * 1e-6).any().isTrue
      let trace = solution?.trace ?? []
      solution = next
      solution?.trace = trace + next.trace
      current = next.coefficients
      if isStill { break }
    }
    var found = solution!
    found.objectives = objectives(of: found.coefficients, problem, inner, scale: scale)
    return found
  }

  private func objectives(
    of x: Tensor, _ problem: SparseProblem, _ inner: SplittingSolver, scale: Tensor
  ) -> [Double] {
    let lengths = (x / scale).columnNorms.squeezed(0)
    if case .regularized = problem.fidelity {
      let own = Tensor(inner.objectives(at: x, problem, scale: scale))
      return (own - lengths * inner.weights(of: problem, scale: scale.squeezed(0))).doubles
    }
    return SparsePenalty.l1MinusL2.function(x).doubles
  }
}
