import Tensors

/// Follows each sample of dy/dt = f(t, y), y(start) = `initial`, until an event, but no longer than
/// to `end`.
///
/// ```swift
/// // When does each trajectory come within 0.1 of 0?
/// let arrival = try solve(
///   { y in -y }, from: y0, until: Event(.falling) { y in y.norm(along: 1) - 0.1 }, before: 50)
/// arrival.times        // [N]
/// ```
///
/// Every sample has steps of its own. Times and states at events are differentiable: by the implicit
/// function theorem, with g(t*, y(t*; θ); θ) = 0,
///
///     dt*/dθ = -(∂g/∂y ∂y/∂θ + ∂g/∂θ) / (∂g/∂t + ∂g/∂y f),    dy*/dθ = ∂y/∂θ + f dt*/dθ
///
/// where ∂y/∂θ is that of the solution at the fixed time t* (Chen, Amos, Nickel, "Learning neural
/// event functions for ordinary differential equations", ICLR 2021). They are not finite where the
/// trajectory only touches g = 0.
///
/// - Parameters:
///   - field: f, defined on states of the shape of `initial`.
///   - initial: [N, ...], samples along the first axis, float32 or float64.
///   - start: the time of the initial state.
///   - event: what ends a sample. An initial state at a zero is none.
///   - end: the time beyond which no sample is followed; before `start` to integrate backwards.
///   - method: one that chooses its steps by their error.
///   - steps: the error norm is `perSample`, whatever it says.
/// - Throws: as `solve(_:from:at:method:steps:gradients:)`.
public func solve(
  _ field: VectorField, from initial: Tensor, at start: Double = 0, until event: Event,
  before end: Double, method: ButcherTableau = .dormandPrince,
  steps: AdaptiveSteps = AdaptiveSteps()
) throws -> EventSolution {
  try ProblemError.check(
    initial: initial, times: [start, end], method: method, steps: .adaptive(steps))
  try event.check()
  let count = initial.shape[0]
  if initial.count == 0 {
    return EventSolution(
      times: Tensor([Double](repeating: end, count: count), shape: [count]), states: initial,
      hasEnded: [Bool](repeating: false, count: count),
      zeros: [[Double]](repeating: [], count: count), statistics: .init())
  }
  let counted = CountedField(field)
  var samples = try SampleIntegration(
    RungeKutta(tableau: method, field: counted), from: initial, at: [start, end], event: event)
  try samples.takeSteps(steps)
  let search = samples.events!
  let ended = (0..<count).filter(search.hasEnded)
  let ends = (0..<count).map { search.hasEnded($0) ? search.zeros[$0].last! : end }
  var times = Tensor(ends, shape: [count])
  var states = samples.outputs[1]
  if !ended.isEmpty {
    counted.rows = ended.count == count ? nil : ended
    let indices = Tensor(ended.map(Int64.init))
    let place = Tensor(ended.map(Int64.init), device: states.device)
    let arrival = try Arrival(
      of: event, field: counted, at: ended.map { ends[$0] }, states: states.selecting(place))
    if let arrival {
      times = times.replacing(at: indices, with: arrival.times)
      states = states.replacing(at: place, with: arrival.states)
    }
  }
  var statistics = samples.statistics
  statistics.evaluations = counted.evaluations
  EvaluationTally.current?.count += counted.evaluations
  return EventSolution(
    times: times, states: states, hasEnded: (0..<count).map(search.hasEnded), zeros: search.zeros,
    statistics: statistics)
}

/// As `solve(_:from:at:until:before:method:steps:)`, for a field f(y) that is independent of time.
public func solve(
  _ field: @escaping (Tensor) throws -> Tensor, from initial: Tensor, at start: Double = 0,
  until event: Event, before end: Double, method: ButcherTableau = .dormandPrince,
  steps: AdaptiveSteps = AdaptiveSteps()
) throws -> EventSolution {
  try solve(
    .autonomous(field), from: initial, at: start, until: event, before: end, method: method,
    steps: steps)
}

/// As `solve(_:from:at:until:before:method:steps:)`, for a field f(t, y).
public func solve(
  _ field: @escaping (Double, Tensor) throws -> Tensor, from initial: Tensor,
  at start: Double = 0, until event: Event, before end: Double,
  method: ButcherTableau = .dormandPrince, steps: AdaptiveSteps = AdaptiveSteps()
) throws -> EventSolution {
  try solve(
    .timed(field), from: initial, at: start, until: event, before: end, method: method,
    steps: steps)
}
