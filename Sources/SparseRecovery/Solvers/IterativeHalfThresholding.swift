import Failures
import Tensors

/// Iterative half thresholding (Xu, Chang, Xu, Zhang 2012): a gradient step of ½‖Ax - b‖² and the
/// half threshold,
///
///     x ← H(x - A'(Ax - b) / L; μ),   L = ‖A‖₂².
///
/// Either λ is given, μ = λ / L, and λN(x) + ½‖Ax - b‖² decreases; or the number k of elements is
/// known and μ is set in each step so that k are kept: μ = (|d|₍k+1₎ / 1.5)^³ᐟ². The latter knows
/// what other methods have to find.
public struct IterativeHalfThresholding: SparseSolver {
  /// How μ is chosen.
  public enum Rule: Sendable, Hashable {
    /// The weight of the problem.
    case weight
    /// k, an oracle.
    case sparsity(Int)
  }

  /// How μ is chosen.
  public var rule: Rule
  /// Steps after which an answer is given all the same, as not converged.
  public var maximumIterations = 5000
  /// Of the step of x beside its size.
  public var tolerance = 1e-9

  /// Thresholding for the λ of the problem, unless the number of elements is known.
  public init(_ rule: Rule = .weight) { self.rule = rule }

  public var penalty: SparsePenalty { .lHalf }

  public func solution(of problem: SparseProblem, from start: Tensor?) throws(Failure)
    -> SparseSolution
  {
    let a = problem.matrix.matrix
    let solver = SplittingSolver(.lHalf)
    let start = if let start { start } else { try L1Start().solution(of: problem) }
    let scale = start.columnNorms.positiveOrOne
    let step = 1 / problem.matrix.squaredNorm
    let b = problem.measurements / scale
    var x = start / scale
    let weights = solver.weights(of: problem, scale: scale.squeezed(0)).unsqueezed(0) * step
    try check(problem)
    var iterations = 0
    var isConverged = Tensor.zeros([x.shape[1]], dtype: .bool)
    repeat {
      let d = x - a.transposed.matmul(a.matmul(x) - b) * step
      let next = d.halfThresholded(by: mu(for: d, weights: weights))
      isConverged =
        ((next - x).columnNorms .<= next.columnNorms * tolerance).squeezed(0)
      x = next
      iterations += 1
    } while iterations < maximumIterations && !isConverged.all().isTrue
    let coefficients = x * scale
    let converged = isConverged.doubles.map { $0 != 0 }
    return SparseSolution(
      coefficients: coefficients, isConverged: converged,
      iterations: converged.map { _ in iterations }, gaps: converged.map { _ in 0 },
      residuals: problem.residualNorms(of: coefficients).doubles,
      objectives: solver.objectives(at: coefficients, problem, scale: scale),
      scales: scale.squeezed(0).doubles)
  }

  private func mu(for d: Tensor, weights: Tensor) -> Tensor {
    switch rule {
    case .weight: weights
    case .sparsity(let k):
      (d.magnitude.largest(k + 1, along: 0).values[k].unsqueezed(0) / 1.5).power(1.5)
    }
  }

  private func check(_ problem: SparseProblem) throws(Failure) {
    switch (rule, problem.fidelity) {
    case (.weight, .regularized): return
    case (.sparsity(let k), _) where k >= 1 && k < problem.matrix.columns: return
    case (.sparsity(let k), _):
      throw Failure(
        .invalidOption, at: "sparsity", expected: "1 to \(problem.matrix.columns - 1)",
        found: "\(k)", remedy: "Give the number of elements that are not 0.")
    case (.weight, _):
      throw Failure(
        .invalidOption, at: "half thresholding", expected: "lambda or a number of elements",
        found: "a constraint", remedy: "Use the method lhalf for constraints.")
    }
  }
}
