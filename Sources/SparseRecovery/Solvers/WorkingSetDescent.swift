import Tensors

/// Coordinate descent on working sets: the coordinates that are not 0 and those whose slopes are furthest
/// above λ are solved for alone, by their Gram matrix, until no slope of another is above λ. What is far
/// from entering the solution is never touched but by the slopes A'(b - Ax), one product a round.
///
/// Working sets are those of Johnson and Guestrin (Blitz, ICML 2015) and Massias, Gramfort, Salmon (CELER,
/// ICML 2018), here grown by slopes alone.
struct WorkingSetDescent {
  /// How far slopes may be above λ at the end, beside λ.
  var tolerance = 1e-9
  /// Sets at most.
  var mostRounds = 40
  /// Passes over one set at most.
  var mostPasses = 5000

  /// Nil where the problem is not of the kind, has too many columns, or is not solved within the bounds.
  func solution(of problem: SparseProblem, from start: Tensor?) -> SparseSolution? {
    let count = problem.measurements.shape[1]
    guard case .regularized = problem.fidelity, count <= LassoSolver.mostColumns,
      problem.measurements.device == .cpu
    else { return nil }
    let solver = SplittingSolver(.l1)
    let gradients = problem.matrix.matrix.transposed.matmul(problem.measurements)
    let scale =
      start.map { solver.scale(of: $0, in: problem) }
      ?? problem.steepestDescentPoint(along: gradients).magnitude.max(along: 0, keeping: true)
      .positiveOrOne
    let weights = solver.weights(of: problem, scale: scale.squeezed(0)).doubles
    let factors = scale.transposed
    let (measurements, slopes) = (
      problem.measurements.transposed / factors, gradients.transposed / factors
    )
    let starts = start.map { $0.transposed / factors }
    var columns: [Column] = []
    for index in 0..<count {
      var column = Column(
        matrix: problem.matrix.matrix, b: measurements[index], weight: weights[index],
        start: starts?[index])
      guard column.solve(self, slopesAtZero: slopes[index]) else { return nil }
      columns.append(column)
    }
    let scales = scale.squeezed(0).doubles
    return SparseSolution(
      coefficients: Tensor.stacked(columns.map(\.x), along: 1) * scale,
      isConverged: columns.map { _ in true }, iterations: columns.map(\.passes),
      gaps: columns.map(\.excess), residuals: zip(columns, scales).map { $0.residual * $1 },
      objectives: columns.map(\.objective), scales: scales)
  }

  /// The work on one column.
  private struct Column {
    let matrix: Tensor
    let b: Tensor
    let weight: Double
    /// The working set, x there, and the matrix's columns there as rows [w, m].
    private var set: [Int] = []
    private var values = Tensor.zeros([0], dtype: .float64)
    private var rows: Tensor
    private(set) var passes = 0
    /// How far the largest slope is above λ, beside λ.
    private(set) var excess = Double.infinity
    /// ‖Ax - b‖.
    private(set) var residual = Double.infinity

    init(matrix: Tensor, b: Tensor, weight: Double, start: Tensor?) {
      self.matrix = matrix
      self.b = b
      self.weight = weight
      rows = Tensor.zeros([0, matrix.shape[0]], dtype: .float64)
      if let start {
        let support = (start .!= 0).trueIndices
        set = support.integers
        values = start.selecting(support)
        rows = rowsOfColumns(support)
      }
    }

    /// [n].
    var x: Tensor {
      let zeros = Tensor.zeros([matrix.shape[1]], dtype: .float64)
      return set.isEmpty
        ? zeros : zeros.replacing(at: Tensor(set.map(Int64.init)), with: values)
    }

    /// λ‖x‖₁ + ½‖Ax - b‖².
    var objective: Double {
      weight * values.magnitude.sum().item + residual * residual / 2
    }

    private func rowsOfColumns(_ indices: Tensor) -> Tensor {
      matrix.selecting(indices, along: 1).transposed.contiguous()
    }

    /// Whether the solution was found.
    mutating func solve(_ settings: WorkingSetDescent, slopesAtZero: Tensor) -> Bool {
      var isTight = false
      for _ in 0..<settings.mostRounds {
        let rest = set.isEmpty ? b : b - values.matmul(rows)
        residual = rest.norm.item
        let slopes = (set.isEmpty ? slopesAtZero : rest.matmul(matrix)).magnitude
        let largest = slopes.max().item
        guard largest.isFinite else { return false }
        excess = max(0, largest / weight - 1)
        if excess <= settings.tolerance, isTight || set.isEmpty { return true }
        let isAdded = add(from: slopes, above: settings.tolerance)
        // Twice as many as any solution needs: the problem is not a sparse one.
        guard set.count <= 2 * min(matrix.shape[0], matrix.shape[1]) else { return false }
        // What comes to a set of itself is solved to the end.
        let accuracy = isAdded ? max(settings.tolerance / 10, min(0.01, excess / 10)) : 1e-12
        let (found, count) = values.lassoDescent(
          gram: rows.matmul(rows.transposed), linear: rows.matmul(b), weight: weight,
          tolerance: accuracy * weight, limit: settings.mostPasses)
        guard let count else { return false }
        passes += count
        isTight = accuracy <= settings.tolerance / 10
        keepSupport(of: found)
      }
      return false
    }

    /// Adds the coordinates of the largest slopes above λ: as many as there are, or to begin with an
    /// eighth of the rows.
    private mutating func add(from slopes: Tensor, above tolerance: Double) -> Bool {
      let present = Set(set)
      let candidates = (slopes .> weight * (1 + tolerance)).trueIndices
      let sizes = slopes.selecting(candidates).doubles
      let violators = zip(candidates.integers, sizes).filter { !present.contains($0.0) }
        .sorted { $0.1 > $1.1 }.prefix(max(32, matrix.shape[0] / 8, set.count)).map(\.0)
      if violators.isEmpty { return false }
      set += violators
      values = .concatenated([values, .zeros([violators.count], dtype: .float64)])
      rows = .concatenated([rows, rowsOfColumns(Tensor(violators.map(Int64.init)))])
      return true
    }

    private mutating func keepSupport(of found: Tensor) {
      let support = (found .!= 0).trueIndices
      set = support.integers.map { set[$0] }
      values = found.selecting(support)
      rows = rows.selecting(support)
    }
  }
}
