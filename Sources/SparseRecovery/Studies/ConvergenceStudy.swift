import Failures
import Foundation
import Tensors

/// How fast the methods converge on one noisy problem, measured: the two-block method at its
/// certified ρ and below, and the method with a separate denominator with fixed and growing ρ.
public struct ConvergenceStudy: Sendable {
  /// The kind of matrix and signal; the first of its matrices is taken, with one signal.
  public var cell: SensingCell
  /// What is minimised.
  public var penalty: SparsePenalty
  /// Of the noise, in decibels.
  public var level: Double
  /// λ of scaled data.
  public var weight: Double
  /// Fixed values of ρ beside the certified one.
  public var rhos: [Double]
  /// Iterations of each run.
  public var maximumIterations: Int

  /// The study at 34 dB and λ = 0.001, unless told otherwise.
  public init(
    cell: SensingCell, penalty: SparsePenalty = .lHalfOverL2, level: Double = 34,
    weight: Double = 1e-3, rhos: [Double] = [0.5, 2], maximumIterations: Int = 2000
  ) {
    self.cell = cell
    self.penalty = penalty
    self.level = level
    self.weight = weight
    self.rhos = rhos
    self.maximumIterations = maximumIterations
  }

  /// How one run converged.
  public struct Curve: Sendable, Codable, Hashable {
    /// The method with its ρ, for readers.
    public var name: String
    /// The last ρ.
    public var rho: Double
    /// Whether ρ ended above √2 ‖A‖², where the augmented Lagrangian has to fall.
    public var isCertified: Bool
    /// Iterations done.
    public var iterations: Int
    /// Whether the residual fell below 1e-11.
    public var isConverged: Bool
    /// λP(z) + ½‖Az - b‖² of scaled data at the end.
    public var objective: Double
    /// Elements that are not 0 at the end.
    public var support: Int
    /// Largest rise of the augmented Lagrangian in an iteration; nil where it is not followed.
    public var largestRise: Double?
    /// The factor by which the residual falls in an iteration, by the line through its logarithm
    /// over the last half of the iterations.
    public var rate: Double?
    /// The share of the variance that the line explains, in [0, 1].
    public var fit: Double?
    /// Iteration and residual, ‖x - z‖ + ‖step of x‖ or the largest gap.
    public var points: [[Double]]
  }

  /// What all runs came to.
  public struct Result: Sendable, Codable, Hashable {
    /// √2 ‖A‖².
    public var bound: Double
    /// The two-block method at each ρ, then the method with a separate denominator.
    public var curves: [Curve]
  }

  /// Makes all runs.
  ///
  /// - Parameter progress: told how many runs of all are done.
  /// - Throws: `Failure` if the problem cannot be drawn or solved.
  public func run(progress: (Int, Int) -> Void = { _, _ in }) throws(Failure) -> Result {
    let drawn = try cell.draw(0, signals: 1)
    let matrix = drawn.matrix
    let b = cell.noisyMeasurements(of: drawn, 0, decibels: level)
    let problem = try SparseProblem(matrix, measurements: b, fidelity: .regularized(weight))
    let start = problem.inGivenUnits(try L1Start().solution(of: problem))
    let length = start.norm.item
    let bound = PenaltyParameter.bound(for: matrix)
    let fixed = [PenaltyParameter.certifiedValue(for: matrix)] + rhos
    let total = 2 * fixed.count + 1
    var curves: [Curve] = []
    for rho in fixed {
      var solver = TwoBlockSolver(penalty.function, rho: rho)
      solver.maximumIterations = maximumIterations
      solver.tolerance = 1e-11
      let (z, steps) = solver.minimize(
        matrix, measurements: b / length, weight: weight, from: start / length)
      curves.append(curve(of: steps, z, rho: rho, bound: bound))
      progress(curves.count, total)
    }
    let parameters: [PenaltyParameter] =
      fixed.map { .fixed($0) }
      + [
        .growing(from: max(10 * weight, 0.02), limit: PenaltyParameter.certifiedValue(for: matrix))
      ]
    for parameter in parameters {
      var solver = SplittingSolver(penalty, parameter: parameter)
      solver.maximumIterations = maximumIterations
      solver.tolerance = 1e-11
      solver.keepsTrace = true
      let solution = try solver.solve(problem, from: start)
      curves.append(curve(of: solution, parameter, bound: bound))
      progress(curves.count, total)
    }
    return Result(bound: bound, curves: curves)
  }

  private func curve(
    of steps: [TwoBlockSolver.Step], _ z: Tensor, rho: Double, bound: Double
  ) -> Curve {
    let points = steps.enumerated().map { [Double($0 + 1), $1.gap + $1.change] }
    let line = Self.line(through: points)
    let rises = zip(steps.dropFirst(), steps).map { $0.lagrangian - $1.lagrangian }
    return Curve(
      name: "two blocks, ρ = \(Self.text(rho))", rho: rho, isCertified: rho > bound,
      iterations: steps.count, isConverged: steps.count < maximumIterations,
      objective: steps.last!.objective, support: (z .!= 0).trueCount,
      largestRise: rises.max(), rate: line?.rate, fit: line?.fit, points: points)
  }

  private func curve(
    of solution: SparseSolution, _ parameter: PenaltyParameter, bound: Double
  ) -> Curve {
    let points = solution.trace.map { [Double($0.iteration), $0.residual] }
    let line = Self.line(through: points)
    let rho = solution.trace.last?.rho ?? 0
    let name =
      switch parameter {
      case .growing(let first, _, _, _): "three blocks, ρ from \(Self.text(first))"
      default: "three blocks, ρ = \(Self.text(rho))"
      }
    return Curve(
      name: name, rho: rho, isCertified: rho > bound, iterations: solution.iterations[0],
      isConverged: solution.isConverged[0], objective: solution.objectives[0],
      support: solution.supportSizes[0], largestRise: nil, rate: line?.rate, fit: line?.fit,
      points: points)
  }

  private static func text(_ value: Double) -> String { String(format: "%.3g", value) }

  /// The line through the logarithms of the last half of the points that are not rounding errors.
  static func line(through points: [[Double]]) -> (rate: Double, fit: Double)? {
    let usable = points.filter { $0[1] > 1e-12 }
    let tail = usable.suffix(usable.count / 2).map { (x: $0[0], y: log($0[1])) }
    guard tail.count >= 3 else { return nil }
    let count = Double(tail.count)
    let meanX = tail.map(\.x).reduce(0, +) / count
    let meanY = tail.map(\.y).reduce(0, +) / count
    let xx = tail.map { ($0.x - meanX) * ($0.x - meanX) }.reduce(0, +)
    let xy = tail.map { ($0.x - meanX) * ($0.y - meanY) }.reduce(0, +)
    let yy = tail.map { ($0.y - meanY) * ($0.y - meanY) }.reduce(0, +)
    guard xx > 0, yy > 0 else { return nil }
    return (exp(xy / xx), xy * xy / (xx * yy))
  }
}
