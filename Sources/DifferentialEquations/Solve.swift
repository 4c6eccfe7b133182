import Tensors

/// The states of dy/dt = f(t, y), y(times[0]) = `initial`, at the requested times.
///
/// ```swift
/// let solution = try solve({ y in -y }, from: y0, at: [0, 0.5, 1], steps: .adaptive(1e-6))
/// solution.states       // [3, N, ...]
/// ```
///
/// - Parameters:
///   - field: f, defined on states of the shape of `initial`.
///   - initial: [N, ...], samples along the first axis, float32 or float64; states keep its type.
///   - times: strictly increasing, or strictly decreasing to integrate backwards in time.
///   - method: any of `ButcherTableau.catalog`; `isAdaptive` says which choose their steps. The default
///     is torchdiffeq's `dopri5`, its rules included. For a stiff field `rodas4` takes a small part of
///     the steps; a row of its f may depend on that row of the state alone.
///   - steps: how step sizes are chosen. Chosen by error, the last step may run past the last time.
///   - gradients: how the states are differentiated.
/// - Throws: `ProblemError` before anything is computed if the problem is not well posed,
///   `IntegrationFailure` where the solution cannot be continued, and whatever `field` throws.
public func solve(
  _ field: VectorField, from initial: Tensor, at times: [Double],
  method: ButcherTableau = .dormandPrince, steps: StepControl = .adaptive(1e-3),
  gradients: GradientMode = .direct
) throws -> Solution {
  try ProblemError.check(initial: initial, times: times, method: method, steps: steps)
  let parameters: [Tensor]
  switch gradients {
  case .direct: return try integrate(field, from: initial, at: times, method: method, steps: steps)
  case .checkpointed(let parameters):
    return try checkpointed(
      field, parameters: parameters, from: initial, at: times, method: method, steps: steps)
  case .adjoint(let given): parameters = given
  }
  if case .fixedSequence = steps { throw ProblemError.adjointOfSequence }
  guard method.isExplicit else {
    throw ProblemError.notExplicit(method: method.name, purpose: "the backward adjoint")
  }
  let solution = try withoutGradients {
    try integrate(field, from: initial, at: times, method: method, steps: steps)
  }
  return Adjoint(
    field: field, parameters: parameters, times: times, method: method, steps: steps.forBatch
  ).attach(to: solution, from: initial)
}

/// As `solve(_:from:at:method:steps:gradients:)`, for a field f(y) that is independent of time.
public func solve(
  _ field: @escaping (Tensor) throws -> Tensor, from initial: Tensor, at times: [Double],
  method: ButcherTableau = .dormandPrince, steps: StepControl = .adaptive(1e-3),
  gradients: GradientMode = .direct
) throws -> Solution {
  try solve(
    .autonomous(field), from: initial, at: times, method: method, steps: steps,
    gradients: gradients)
}

/// As `solve(_:from:at:method:steps:gradients:)`, for a field f(t, y).
public func solve(
  _ field: @escaping (Double, Tensor) throws -> Tensor, from initial: Tensor, at times: [Double],
  method: ButcherTableau = .dormandPrince, steps: StepControl = .adaptive(1e-3),
  gradients: GradientMode = .direct
) throws -> Solution {
  try solve(
    .timed(field), from: initial, at: times, method: method, steps: steps, gradients: gradients)
}

/// Solves a well-posed problem with a tape for its backward pass.
private func checkpointed(
  _ field: VectorField, parameters: [Tensor], from initial: Tensor, at times: [Double],
  method: ButcherTableau, steps: StepControl
) throws -> Solution {
  if steps.arePerSample { throw ProblemError.checkpointsOfSamples }
  var tape: Checkpoints? = Checkpoints()
  let solution = try withoutGradients {
    try integrate(
      field, from: initial, at: times, method: method, steps: steps, checkpoints: &tape)
  }
  guard isRecordingGradients, let tape, !tape.sizes.isEmpty else { return solution }
  let states = CheckpointedSolution(
    field: field, parameters: parameters, method: method, checkpoints: tape
  ).attach(to: solution.states, from: initial)
  return Solution(
    states: states, times: times, statistics: solution.statistics, steps: solution.steps,
    adjoint: nil)
}

/// Solves a well-posed problem; recorded where its tensors are.
///
/// - Parameter record: takes every accepted step, completed, where there is one.
func integrate(
  _ field: VectorField, from initial: Tensor, at times: [Double], method: ButcherTableau,
  steps: StepControl, record: StepRecord? = nil
) throws -> Solution {
  var none: Checkpoints?
  return try integrate(
    field, from: initial, at: times, method: method, steps: steps, checkpoints: &none,
    record: record)
}

/// The same with a tape of the accepted steps, where there is one.
private func integrate(
  _ field: VectorField, from initial: Tensor, at times: [Double], method: ButcherTableau,
  steps: StepControl, checkpoints: inout Checkpoints?, record: StepRecord? = nil
) throws -> Solution {
  if times.count == 1 || initial.count == 0 {
    return Solution(
      states: Tensor.stacked(times.map { _ in initial }), times: times, statistics: .init(),
      steps: .shared([]), adjoint: nil)
  }
  let counted = CountedField(field)
  let stepper = RungeKutta(tableau: method, field: counted)
  func attempt(isWatched: Bool) throws -> Solution {
    func solution(
      _ states: Tensor, _ statistics: Solution.Statistics, _ sequence: StepSequence
    ) -> Solution {
      var statistics = statistics
      statistics.evaluations = counted.evaluations
      return Solution(
        states: states, times: times, statistics: statistics, steps: sequence, adjoint: nil)
    }
    func perSample(_ run: (inout SampleIntegration) throws -> Void) throws -> Solution {
      var samples = try SampleIntegration(
        stepper, from: initial, at: times, isWatched: isWatched)
      samples.record = record
      try run(&samples)
      return solution(samples.outputs, samples.statistics, .perSample(samples.sizes))
    }
    func perBatch(_ run: (inout BatchIntegration) throws -> Void) throws -> Solution {
      var batch = BatchIntegration(stepper, from: initial, at: times, isWatched: isWatched)
      batch.checkpoints = checkpoints
      batch.record = record
      try run(&batch)
      checkpoints = batch.checkpoints
      return solution(Tensor.stacked(batch.outputs), batch.statistics, .shared(batch.sizes))
    }
    switch steps {
    case .adaptive(let steps) where steps.norm == .perSample:
      return try perSample { try $0.takeSteps(steps) }
    case .fixedSequence(.perSample(let sequences)):
      return try perSample { try $0.takeSteps(sequences) }
    case .adaptive(let steps):
      return try perBatch { try $0.takeSteps(steps) }
    case .fixedSequence(.shared(let sequence)):
      return try perBatch { try $0.takeSteps(sequence) }
    case .stepsPerInterval(let count):
      return try perBatch { try $0.takeEqualSteps { _ in count } }
    case .stepSize(let size):
      return try perBatch { try $0.takeEqualSteps { stepCount(for: $0, size: size) } }
    }
  }
  let solution = try attempt(isWatched: false)
  guard let last = solution.lastFiniteTime else {
    EvaluationTally.current?.count += counted.evaluations
    return solution
  }
  // Once more, with an eye on every step, to say where it left the finite numbers.
  _ = try withoutGradients { try attempt(isWatched: true) }
  throw IntegrationFailure(
    .nonFiniteState, time: times[last], state: solution.states[last],
    samples: solution.states[last + 1].nonFiniteRows, steps: solution.statistics.acceptedSteps)
}

/// How many equal steps of at most `size` a distance takes: one that is a multiple of the size but
/// for rounding takes no extra step.
func stepCount(for distance: Double, size: Double) -> Int {
  max(1, Int((distance / size - 1e-6).rounded(.up)))
}

extension StepControl {
  /// Whether samples have steps of their own.
  fileprivate var arePerSample: Bool {
    switch self {
    case .adaptive(let steps): steps.norm == .perSample
    case .fixedSequence(.perSample): true
    default: false
    }
  }

  /// The same with one step size for the batch.
  fileprivate var forBatch: StepControl {
    guard case .adaptive(var steps) = self else { return self }
    steps.norm = .perBatch
    return .adaptive(steps)
  }
}

extension Solution {
  /// The index of the last time before a state is not finite; nil if all are finite. The only check
  /// where steps are not chosen by their error.
  fileprivate var lastFiniteTime: Int? {
    if withoutGradients({ states.isFinite.all() }).isTrue { return nil }
    return max(0, states.nonFiniteRows[0] - 1)
  }
}
