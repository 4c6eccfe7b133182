import Tensors

/// What a solver found, a problem a column.
public struct SparseSolution: Sendable {
  /// x [n, B], with exact zeros where the solver ends at a sparse point that meets the constraint.
  public var coefficients: Tensor
  /// Whether the residuals fell below the tolerance.
  public var isConverged: [Bool]
  /// Iterations of each column.
  public var iterations: [Int]
  /// ‖x - z‖ at the end, beside the size of the data.
  public var gaps: [Double]
  /// ‖Ax - b‖.
  public var residuals: [Double]
  /// What was minimised, at `coefficients`: P(x), or λ P(x) + ½‖Ax - b‖² of scaled data, with A =
  /// `FactoredMatrix.matrix`.
  public var objectives: [Double]
  /// Length of the start by which the data were divided.
  public var scales: [Double]
  /// Moments of the way, in order; empty unless the solver keeps them.
  public var trace: [TracePoint] = []
  /// What is to be known of the solution beside its numbers.
  public var warnings: [SparseWarning] = []

  /// A solution without warnings; all arrays have an element for each column.
  public init(
    coefficients: Tensor, isConverged: [Bool], iterations: [Int], gaps: [Double],
    residuals: [Double], objectives: [Double], scales: [Double], trace: [TracePoint] = []
  ) {
    self.coefficients = coefficients
    self.isConverged = isConverged
    self.iterations = iterations
    self.gaps = gaps
    self.residuals = residuals
    self.objectives = objectives
    self.scales = scales
    self.trace = trace
  }

  /// B, the number of columns.
  public var count: Int { isConverged.count }

  /// Numbers of elements that are not 0.
  public var supportSizes: [Int] { (coefficients .!= 0).to(.int64).sum(along: 0).integers }
}

/// A moment of a solver's work, over the problems that were not done yet.
public struct TracePoint: Sendable, Codable, Hashable {
  /// Iterations done.
  public var iteration: Int
  /// Columns that were not done yet.
  public var active: Int
  /// Largest ρ.
  public var rho: Double
  /// Mean of what is minimised, at the sparse point z.
  public var objective: Double
  /// Largest ‖x - z‖ and ‖x - y‖ of scaled data.
  public var residual: Double
  /// Mean number of elements of z that are not 0.
  public var support: Double
}

/// Something to know about a solution.
public enum SparseWarning: Sendable, Hashable, CustomStringConvertible {
  /// ρ ended below √2 ‖A‖₂², where the augmented Lagrangian need not decrease.
  case belowConvergenceBound(rho: Double, bound: Double)
  case notConverged(columns: Int, gap: Double)

  public var description: String {
    switch self {
    case .belowConvergenceBound(let rho, let bound):
      "ρ = \(rho) is below the convergence bound √2‖A‖² = \(bound)"
    case .notConverged(let columns, let gap):
      "\(columns) column\(columns == 1 ? "" : "s") did not converge; the largest ‖x - z‖ is \(gap)"
    }
  }
}
