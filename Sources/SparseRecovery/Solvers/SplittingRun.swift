import Tensors

/// Advances problems together, a row each, and sets those aside that are done.
struct SplittingRun {
  var state: SplittingState
  let parameter: PenaltyParameter
  let tolerance: Double
  let keepsTrace: Bool
  /// Whether the plain iterations are used.
  let isPlain: Bool

  /// Positions of the rows of `state` among all problems.
  private(set) var rows: [Int]
  private(set) var x: Tensor
  private(set) var z: Tensor
  private(set) var isConverged: [Bool]
  private(set) var iterations: [Int]
  private(set) var gaps: [Double]
  private(set) var rho: [Double]
  private(set) var trace: [TracePoint] = []
  private var done = 0
  private var blocks = 0
  /// ‖b‖² that no Ax reaches, of each row.
  private let outside: [Double]

  init(
    _ state: SplittingState, parameter: PenaltyParameter, tolerance: Double, outside: [Double],
    keepsTrace: Bool, isPlain: Bool
  ) {
    self.state = state
    self.parameter = parameter
    self.tolerance = tolerance
    self.outside = outside
    self.keepsTrace = keepsTrace
    self.isPlain = isPlain || state.x.device != .cpu
    let count = state.x.shape[0]
    rows = Array(0..<count)
    x = state.x + 0
    z = state.z + 0
    isConverged = Array(repeating: false, count: count)
    iterations = Array(repeating: 0, count: count)
    gaps = Array(repeating: .infinity, count: count)
    rho = Array(repeating: 0, count: count)
  }

  private var block: Int {
    if case .growing(_, _, let every, _) = parameter { every } else { 20 }
  }

  /// Advances until all rows have converged, or by so many iterations.
  mutating func run(iterations limit: Int) {
    let end = done + limit
    while done < end, !rows.isEmpty {
      let count = min(block, end - done)
      if isPlain { state.advancePlainly(by: count) } else { state.advance(by: count) }
      done += count
      blocks += 1
      let scalars = Rows(state)
      if keepsTrace { record(scalars) }
      setAside(scalars)
      if rows.isEmpty { break }
      adaptParameter()
      if blocks % 5 == 0 { removeDrift() }
    }
    let scalars = Rows(state)
    keep(Array(rows.indices), scalars, areConverged: false)
  }

  /// The scalars of all rows on the host.
  private struct Rows {
    let values: [Double]
    init(_ state: SplittingState) { values = state.scalars.doubles }

    subscript(row: Int, scalar: SplittingState.Scalar) -> Double {
      values[row * SplittingState.Scalar.allCases.count + scalar.rawValue]
    }
  }

  private mutating func setAside(_ scalars: Rows) {
    let isDone = rows.indices.map { row in
      scalars[row, .sparseGap] < tolerance && scalars[row, .ratioGap] < tolerance
        && scalars[row, .change] < tolerance / 10
    }
    guard isDone.contains(true) else { return }
    keep(rows.indices.filter { isDone[$0] }, scalars, areConverged: true)
    let rest = rows.indices.filter { !isDone[$0] }
    rows = rest.map { rows[$0] }
    state = state.selecting(Tensor(rest.map(Int64.init), device: state.x.device))
  }

  /// Writes rows of the state to the results.
  private mutating func keep(_ positions: [Int], _ scalars: Rows, areConverged: Bool) {
    if positions.isEmpty { return }
    let from = Tensor(positions.map(Int64.init), device: state.x.device)
    let to = Tensor(positions.map { Int64(rows[$0]) }, device: state.x.device)
    x = x.replacing(at: to, with: state.x.selecting(from))
    z = z.replacing(at: to, with: state.z.selecting(from))
    for position in positions {
      let row = rows[position]
      isConverged[row] = areConverged
      iterations[row] = done
      gaps[row] = max(scalars[position, .sparseGap], scalars[position, .ratioGap])
      rho[row] = scalars[position, .rho]
    }
  }

  private mutating func adaptParameter() {
    switch parameter {
    case .fixed, .certified: return
    case .growing(_, let factor, _, let limit):
      let rho = state[.rho]
      multiplyRho(by: (rho * factor).minimum(rho.maximum(limit)) / rho)
    case .balanced:
      let (primal, dual) = (state[.sparseGap], state[.sparseChange])
      let ones = Tensor.ones(like: primal)
      let factor = Tensor.select(
        primal .> dual * 10, ones * 2, Tensor.select(dual .> primal * 10, ones / 2, ones))
      if (factor .!= 1).any().isTrue { multiplyRho(by: factor) }
    }
  }

  /// The scaled multipliers are divided by what ρ is multiplied by.
  private mutating func multiplyRho(by factor: Tensor) {
    state[.rho] = state[.rho] * factor
    state[.phi] = state[.phi] / factor
    let column = factor.unsqueezed(1)
    state.w = state.w / column
    state.hw = state.hw / column
  }

  /// Recomputes what the iterations carry along, whose rounding errors add up.
  private mutating func removeDrift() {
    state.hw = state.w.matmul(state.basis)
    state.hd = state.d.matmul(state.basis)
    state.hz = state.z.matmul(state.basis)
  }

  private mutating func record(_ scalars: Rows) {
    let lengths = state.z.norm(along: 1).doubles
    let support = (state.z .!= 0).to(.float64).sum(along: 1).doubles
    let misfit = (state.hz - state.targets).squared.sum(along: 1).doubles
    var point = TracePoint(
      iteration: done, active: rows.count, rho: 0, objective: 0, residual: 0, support: 0)
    for row in rows.indices {
      let length = lengths[row]
      let denominator = state.kappa == nil ? 1 : state.isHalf ? length.squareRoot() : length
      let value = length > 0 ? scalars[row, .numerator] / denominator : 1
      let isPenalized = state.fidelity == .leastSquares
      point.objective +=
        isPenalized
        ? scalars[row, .weight] * value + (misfit[row] + outside[rows[row]]) / 2 : value
      point.residual = max(
        point.residual, scalars[row, .sparseGap], scalars[row, .ratioGap])
      point.rho = max(point.rho, scalars[row, .rho])
      point.support += support[row]
    }
    point.objective /= Double(rows.count)
    point.support /= Double(rows.count)
    trace.append(point)
  }
}
