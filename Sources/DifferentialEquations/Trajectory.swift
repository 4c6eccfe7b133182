import Tensors

/// A solution that can be looked at at any time of its interval, however often.
///
/// ```swift
/// let orbit = try solve(field, from: y0, at: 0, through: 10)
/// orbit.state(at: 3.7)      // [N, ...]
/// ```
///
/// It keeps every step with its stages.
public struct Trajectory {
  /// The times between which it is known, in the direction of the solution.
  public let start: Double
  /// The time at which it ends; below `start` for a solution backwards in time.
  public let end: Double
  /// The work of the solution.
  public let statistics: Solution.Statistics
  /// The accepted steps.
  public let steps: StepSequence
  private let initial: Tensor
  private let entries: [StepRecord.Entry]
  /// The rows of the entries that each sample goes through, with the times that these begin at, in the
  /// solution's direction; one list where all samples share their steps.
  private let paths: [[(time: Double, entry: Int, row: Int)]]

  init(of solution: Solution, from initial: Tensor, record: StepRecord) {
    start = solution.times[0]
    end = solution.endTime
    statistics = solution.statistics
    steps = solution.steps
    self.initial = initial
    entries = record.entries
    var paths = [[(time: Double, entry: Int, row: Int)]](
      repeating: [], count: steps.isShared ? 1 : initial.shape[0])
    for (index, entry) in entries.enumerated() {
      switch entry.time {
      case .shared(let time): paths[0].append((time, index, 0))
      case .rows(let times):
        for (row, time) in times.enumerated() {
          paths[entry.samples![row]].append((time, index, row))
        }
      }
    }
    self.paths = paths
  }

  /// The states of all samples at a time, [N, ...]; recorded where the solution is.
  ///
  /// - Precondition: the time lies between `start` and `end`.
  public func state(at time: Double) -> Tensor {
    let direction = end < start ? -1.0 : 1
    precondition(
      direction * (time - start) >= 0 && direction * (end - time) >= 0,
      "t = \(time) is not between \(start) and \(end)")
    guard !entries.isEmpty else { return initial }
    let places = paths.map { path -> (entry: Int, row: Int, start: Double) in
      // The last step that begins at the time or before.
      var (lower, upper) = (0, path.count - 1)
      while lower < upper {
        let middle = (lower + upper + 1) / 2
        if direction * (path[middle].time - time) <= 0 {
          lower = middle
        } else {
          upper = middle - 1
        }
      }
      return (path[lower].entry, path[lower].row, path[lower].time)
    }
    if steps.isShared {
      let step = entries[places[0].entry].step
      return step.state(at: (time - places[0].start) / step.sizes[0])
    }
    // One piece for all samples that are in the same step of the batch.
    let groups = Dictionary(grouping: places.indices) { places[$0].entry }.sorted {
      $0.key < $1.key
    }
    let pieces = groups.map { entry, samples in
      let step = entries[entry].step
      return step.states(
        ofRows: samples.map { places[$0].row },
        at: samples.map { (time - places[$0].start) / step.sizes[places[$0].row] })
    }
    var order = [Int64](repeating: 0, count: places.count)
    for (row, sample) in groups.flatMap(\.value).enumerated() { order[sample] = Int64(row) }
    return Tensor.concatenated(pieces).selecting(Tensor(order, device: initial.device))
  }

  /// The states at several times, in any order: [K, N, ...].
  public func states(at times: [Double]) -> Tensor { .stacked(times.map(state)) }
}

/// The solution of dy/dt = f(t, y), y(start) = `initial`, at every time between `start` and `end`.
///
/// Inside steps it is the method's own polynomial; Hermite's cubic for a method that has none. The
/// derivatives are direct ones.
///
/// - Parameters:
///   - field: f, defined on states of the shape of `initial`.
///   - initial: [N, ...], samples along the first axis, float32 or float64.
///   - start: the time of the initial state.
///   - end: another time; before `start` to integrate backwards.
///   - method: any of `ButcherTableau.catalog`.
///   - steps: how step sizes are chosen.
/// - Throws: as `solve(_:from:at:method:steps:gradients:)`.
public func solve(
  _ field: VectorField, from initial: Tensor, at start: Double = 0, through end: Double,
  method: ButcherTableau = .dormandPrince, steps: StepControl = .adaptive(1e-3)
) throws -> Trajectory {
  try ProblemError.check(initial: initial, times: [start, end], method: method, steps: steps)
  let record = StepRecord()
  let solution = try integrate(
    field, from: initial, at: [start, end], method: method.withInterpolant, steps: steps,
    record: record)
  return Trajectory(of: solution, from: initial, record: record)
}

/// As `solve(_:from:at:through:method:steps:)`, for a field f(y) that is independent of time.
public func solve(
  _ field: @escaping (Tensor) throws -> Tensor, from initial: Tensor, at start: Double = 0,
  through end: Double, method: ButcherTableau = .dormandPrince, steps: StepControl = .adaptive(1e-3)
) throws -> Trajectory {
  try solve(
    .autonomous(field), from: initial, at: start, through: end, method: method, steps: steps)
}

/// As `solve(_:from:at:through:method:steps:)`, for a field f(t, y).
public func solve(
  _ field: @escaping (Double, Tensor) throws -> Tensor, from initial: Tensor,
  at start: Double = 0, through end: Double, method: ButcherTableau = .dormandPrince,
  steps: StepControl = .adaptive(1e-3)
) throws -> Trajectory {
  try solve(.timed(field), from: initial, at: start, through: end, method: method, steps: steps)
}

extension StepSequence {
  fileprivate var isShared: Bool { if case .shared = self { true } else { false } }
}

extension RungeKutta.Step {
  /// The size of each row's step, or the one of all.
  fileprivate var sizes: [Double] {
    switch size {
    case .shared(let size): [size]
    case .rows(let sizes): sizes
    }
  }
}
