import Failures
import Foundation
import Tensors

/// The error of each method against the level of the noise, in the regularised problem. λ is chosen
/// for each method and level on signals of their own, never on those that are reported.
public struct NoiseStudy: Sendable {
  /// The kind of matrices and signals.
  public var cell: SensingCell
  /// What is compared.
  public var methods: [RecoveryMethod]
  /// 20 log₁₀(‖Ax‖ / ‖noise‖).
  public var levels: [Double]
  /// Matrices at each level, and as many others for λ.
  public var matrices: Int
  /// Signals for each matrix.
  public var signals: Int
  /// Signals for each matrix on which λ is chosen; the matrices are others too.
  public var validationSignals: Int
  /// λ tried, of scaled data.
  public var weights: [Double]

  /// The study on 50 signals and nine λ a level, unless told otherwise.
  public init(
    cell: SensingCell, methods: [RecoveryMethod], levels: [Double], matrices: Int = 2,
    signals: Int = 25, validationSignals: Int = 10,
    weights: [Double] = RegularizationPath.geometric(from: 0.3, to: 3e-5, count: 9)
  ) {
    self.cell = cell
    self.methods = methods
    self.levels = levels
    self.matrices = matrices
    self.signals = signals
    self.validationSignals = validationSignals
    self.weights = weights
  }

  /// A method at a level.
  public struct Figure: Sendable, Codable, Hashable {
    /// The method's name, or `NoiseStudy.oracle`.
    public var method: String
    /// 20 log₁₀(‖Ax‖ / ‖noise‖).
    public var level: Double
    /// Chosen on the validation signals; nil for the oracle.
    public var weight: Double?
    /// Mean of 20 log₁₀(‖x‖ / ‖x - found‖), and its standard error over the matrices' means.
    public var decibels: Double
    /// nil of a single matrix.
    public var standardError: Double?
    /// Share of signals whose support is found exactly.
    public var exactSupports: Double
    /// Mean number of elements that are not 0.
    public var support: Double
  }

  /// Least squares on the true support, the upper line.
  public static let oracle = "oracle"

  /// Runs all methods at all levels.
  ///
  /// - Parameter progress: told how many figures of all are done.
  /// - Throws: `Failure` if a problem cannot be drawn or solved.
  public func run(progress: (Int, Int) -> Void = { _, _ in }) throws(Failure)
    -> [Figure]
  {
    var found: [Figure] = []
    let total = levels.count * (methods.count + 1)
    progress(0, total)
    // Validation matrices are numbered after those that are reported.
    let drawn = try (0..<2 * matrices).map { number throws(Failure) in
      try cell.draw(number, signals: number < matrices ? signals : validationSignals)
    }
    for level in levels {
      let all = try drawn.indices.map { number throws(Failure) in
        try trial(number, drawn[number], level: level)
      }
      let (trials, validation) = (all.prefix(matrices), all.suffix(matrices))
      for method in methods {
        var best: (weight: Double, decibels: Double)?
        for weight in weights {
          let score = try mean(
            validation.map { trial throws(Failure) in
              try decibels(of: solve(trial, method, weight), trial)
            }.flatMap { $0 })
          if best == nil || score > best!.decibels { best = (weight, score) }
        }
        let answers = try trials.map { trial throws(Failure) in
          try solve(trial, method, best!.weight)
        }
        found.append(figure(method.rawValue, level, best!.weight, trials, answers))
        progress(found.count, total)
      }
      let answers = try trials.map { trial throws(Failure) in
        let problem = try SparseProblem(
          trial.matrix, measurements: trial.measurements, fidelity: .regularized(1))
        return problem.inGivenUnits(Polish(problem).polished(trial.truth))
      }
      found.append(figure(Self.oracle, level, nil, trials, answers))
      progress(found.count, total)
    }
    return found
  }

  private struct Trial {
    let matrix: FactoredMatrix
    let truth: Tensor
    let measurements: Tensor
    /// The same for all methods and weights.
    let start: Tensor
  }

  private func trial(
    _ number: Int, _ drawn: (matrix: FactoredMatrix, signals: Tensor), level: Double
  ) throws(Failure) -> Trial {
    let b = cell.noisyMeasurements(of: drawn, number, decibels: level)
    let problem = try SparseProblem(drawn.matrix, measurements: b, fidelity: .regularized(1))
    return Trial(
      matrix: drawn.matrix, truth: drawn.signals, measurements: b,
      start: problem.inGivenUnits(try L1Start().solution(of: problem)))
  }

  private func solve(_ trial: Trial, _ method: RecoveryMethod, _ weight: Double)
    throws(Failure) -> Tensor
  {
    let fidelity = DataFidelity.regularized(weight)
    let problem = try SparseProblem(
      trial.matrix, measurements: trial.measurements, fidelity: fidelity)
    return try method.solver(for: fidelity).solve(problem, from: trial.start).coefficients
  }

  private func decibels(of x: Tensor, _ trial: Trial) -> [Double] {
    MeasurementNoise.signalToError(of: x, truth: trial.truth)
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private func figure(
    _ name: String, _ level: Double, _ weight: Double?, _ trials: ArraySlice<Trial>,
    _ answers: [Tensor]
  ) -> Figure {
    let means = zip(trials, answers).map { mean(decibels(of: $1, $0)) }
    let center = mean(means)
    let deviation =
      (mean(means.map { ($0 - center) * ($0 - center) })
      / max(1, Double(means.count - 1))).squareRoot()
    let exact = zip(trials, answers).map { trial, x in
      ((x .!= 0) .== (trial.truth .!= 0)).all(along: 0).to(.float64).mean().item
    }
    let support = answers.map { ($0 .!= 0).to(.float64).columnSums.mean().item }
    return Figure(
      method: name, level: level, weight: weight, decibels: center,
      standardError: means.count > 1 ? deviation : nil, exactSupports: mean(exact),
      support: mean(support))
  }
}
