import Failures
import Tensors

/// How often each method finds the signal from measurements without noise.
public struct SuccessStudy: Sendable {
  /// The kinds of matrices and signals, each a row of the result.
  public var cells: [SensingCell]
  /// What is compared.
  public var methods: [RecoveryMethod]
  /// Matrices of each cell.
  public var matrices: Int
  /// Signals for each matrix.
  public var signals: Int
  /// ‖x - truth‖ / ‖truth‖ below which a trial succeeds.
  public var tolerance = 1e-3

  /// All methods on 50 trials of each cell, unless told otherwise.
  public init(
    cells: [SensingCell], methods: [RecoveryMethod] = RecoveryMethod.allCases, matrices: Int = 2,
    signals: Int = 25
  ) {
    self.cells = cells
    self.methods = methods
    self.matrices = matrices
    self.signals = signals
  }

  /// The rates of a cell.
  public struct Row: Sendable, Codable, Hashable {
    /// The kind of matrix, in words.
    public var matrix: String
    /// m, the number of measurements.
    public var rows: Int
    /// n, the length of signals.
    public var columns: Int
    /// k, the elements of a signal that are not 0.
    public var sparsity: Int
    /// Of the amplitudes, as in `SparseSignal`.
    public var decades: Double?
    /// Signals tried: matrices times signals for each.
    public var trials: Int
    /// Share of trials that succeeded, by the name of the method.
    public var rates: [String: Double]
    /// Trials in which the answer, though wrong, has a smaller penalty than the signal itself: the
    /// model failed, not the search.
    public var modelFailures: [String: Int]
  }

  /// Runs all trials; `progress` is told the number of cells done.
  ///
  /// - Throws: `Failure` if a problem cannot be drawn or solved.
  public func run(progress: (Int, Int) -> Void = { _, _ in }) throws(Failure) -> [Row] {
    var found: [Row] = []
    progress(0, cells.count * matrices)
    for cell in cells {
      var successes: [RecoveryMethod: Int] = [:]
      var failures: [RecoveryMethod: Int] = [:]
      for number in 0..<matrices {
        let (matrix, truth) = try cell.draw(number, signals: signals)
        let problem = try SparseProblem(
          matrix, measurements: matrix.matrix.matmul(truth), fidelity: .equality)
        for (method, solution) in try solutions(of: problem) {
          let error = (solution.coefficients - truth).columnNorms / truth.columnNorms
          let isRight = error .< tolerance
          let value = method.penalty.function
          let isModel =
            (value(solution.coefficients) .< value(truth) * (1 - 1e-6)) .& .!isRight
          successes[method, default: 0] += isRight.trueCount
          failures[method, default: 0] += isModel.trueCount
        }
        progress(found.count * matrices + number + 1, cells.count * matrices)
      }
      let trials = matrices * signals
      found.append(
        Row(
          matrix: cell.matrix.description, rows: cell.rows, columns: cell.columns,
          sparsity: cell.signal.sparsity, decades: cell.signal.decades, trials: trials,
          rates: Dictionary(
            uniqueKeysWithValues: methods.map {
              ($0.rawValue, Double(successes[$0] ?? 0) / Double(trials))
            }),
          modelFailures: Dictionary(
            uniqueKeysWithValues: methods.map { ($0.rawValue, failures[$0] ?? 0) })))
    }
    return found
  }

  /// Each candidate is solved once, though several methods look at it.
  private func solutions(of problem: SparseProblem) throws(Failure)
    -> [RecoveryMethod: SparseSolution]
  {
    let l1 = CandidateSearch.Candidate(.l1)
    var solved = [l1: try SplittingSolver(.l1).solve(problem)]
    let start = solved[l1]!.coefficients
    var found: [RecoveryMethod: SparseSolution] = [:]
    for method in methods {
      var answers: [SparseSolution] = []
      for candidate in method.candidates {
        if solved[candidate] == nil {
          solved[candidate] = try candidate.solver(for: problem).solve(problem, from: start)
        }
        answers.append(solved[candidate]!)
      }
      found[method] = CandidateSearch.best(of: answers, by: method.penalty, problem)
    }
    return found
  }
}
