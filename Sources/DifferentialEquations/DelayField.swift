import Tensors

/// The right-hand side of a delay differential equation with one constant delay,
///
///     dy/dt = f(t, y(t), y(t - τ)),   y(t) = φ(t) for t ≤ t_0.
public struct DelayField {
  /// τ.
  public let delay: Double
  /// f of the time, the state and the state of τ before, with the shape and element type of the state.
  public let rates: (_ time: Double, _ state: Tensor, _ delayed: Tensor) throws -> Tensor

  /// - Precondition: the delay is positive.
  public init(
    delay: Double,
    _ rates: @escaping (_ time: Double, _ state: Tensor, _ delayed: Tensor) throws -> Tensor
  ) {
    precondition(delay > 0, "a delay of \(delay)")
    self.delay = delay
    self.rates = rates
  }

  /// The names of the methods that solve it, as a message has them.
  public static var methodNames: String {
    ButcherTableau.names { $0.isAdaptive && $0.isExplicit }
  }
}

/// The states of a delay differential equation at the requested times, by the method of steps (Bellen,
/// Zennaro, "Numerical Methods for Delay Differential Equations", 2003).
///
/// Steps are τ/m long. So breaking points, t_0 + kτ, where a derivative of y jumps, are ends of steps, and
/// the delayed time of a stage lies at the stage's own node of the step m before, where the method's polynomial
/// inside a step gives it. For a polynomial of order q the result has the order min(p, q + 1) of a method of
/// order p. Recorded where its tensors are, the history included: gradients are those of what was computed.
///
/// - Parameters:
///   - history: φ, asked for times up to t_0 = `times[0]`; states [N, ...].
///   - times: strictly increasing; the last step may run past the last of them.
///   - method: an explicit one with a polynomial inside its steps, such as `dormandPrince`.
///   - stepsPerDelay: m.
/// - Throws: `ProblemError` before anything is computed if the problem is not well posed,
///   `IntegrationFailure` where a state is not finite, and whatever field and history throw.
public func solve(
  _ field: DelayField, history: (Double) throws -> Tensor, at times: [Double],
  method: ButcherTableau = .dormandPrince, stepsPerDelay: Int
) throws -> Solution {
  guard let start = times.first else { throw ProblemError.times(times) }
  let initial = try history(start)
  try ProblemError.check(
    initial: initial, times: times, method: method,
    steps: .stepsPerInterval(stepsPerDelay))
  guard method.isAdaptive, times.count == 1 || times[1] > start else {
    if !method.isAdaptive { throw ProblemError.noInterpolant(method: method.name, time: start) }
    throw ProblemError.times(times)
  }
  guard method.isExplicit else {
    throw ProblemError.notExplicit(method: method.name, purpose: "a field with a delay")
  }
  var integration = DelayIntegration(
    field: field, method: method, start: start, size: field.delay / Double(stepsPerDelay),
    stepsPerDelay: stepsPerDelay)
  return try integration.run(from: initial, history: history, at: times)
}

/// A solution by the method of steps under way.
private struct DelayIntegration {
  let field: DelayField
  let method: ButcherTableau
  let start: Double
  let size: Double
  let stepsPerDelay: Int
  /// The last m steps, completed: the history of the next ones.
  var past: [RungeKutta.Step] = []

  mutating func run(
    from initial: Tensor, history: (Double) throws -> Tensor, at times: [Double]
  ) throws -> Solution {
    var outputs = [initial]
    var (state, derivative): (Tensor, Tensor?) = (initial, nil)
    var statistics = Solution.Statistics()
    var count = 0
    while outputs.count < times.count {
      let begin = start + Double(count) * size
      let stepper = try stepper(ofStep: count, history: history)
      let known = try derivative ?? stepper.field(.shared(begin), state)
      let step = try stepper.completed(
        stepper.step(from: state, derivative: known, at: .shared(begin), size: .shared(size)),
        at: .shared(begin))
      statistics.evaluations += stepper.field.evaluations
      if let (cause, rows, steps) = step.firstNonFinite(after: count) {
        throw IntegrationFailure(
          cause, time: begin, state: state, samples: rows, steps: steps)
      }
      while outputs.count < times.count {
        let position = (times[outputs.count] - begin) / size
        guard position <= 1 + 1e-9 else { break }
        outputs.append(abs(position - 1) <= 1e-9 ? step.end : step.state(at: position))
      }
      if past.count == stepsPerDelay { past.removeFirst() }
      past.append(step)
      (state, derivative) = (step.end, step.endDerivative)
      statistics.accept(size)
      count += 1
    }
    EvaluationTally.current?.count += statistics.evaluations
    return Solution(
      states: Tensor.stacked(outputs), times: times, statistics: statistics,
      steps: .shared([Double](repeating: size, count: count)), adjoint: nil)
  }

  /// Takes a step of a field whose delayed state is the history, or that of m steps before.
  private func stepper(
    ofStep count: Int, history: (Double) throws -> Tensor
  ) throws -> RungeKutta {
    let begin = start + Double(count) * size
    // Each node once, in one order, so that derivatives are added in one order too.
    let nodes = Set(method.nodes + (method.interpolant?.furtherStages.map(\.node) ?? []))
    let delayed = try nodes.sorted().map { node -> (node: Double, state: Tensor) in
      guard count >= stepsPerDelay else {
        return (node, try history(min(begin + node * size - field.delay, start)))
      }
      return (node, node == 0 ? past[0].start : node == 1 ? past[0].end : past[0].state(at: node))
    }
    let rates = field.rates
    let length = size
    return RungeKutta(
      tableau: method,
      field: CountedField(
        .timed { time, state in
          let node = (time - begin) / length
          let nearest = delayed.min { abs($0.node - node) < abs($1.node - node) }!
          return try rates(time, state, nearest.state)
        }))
  }
}
