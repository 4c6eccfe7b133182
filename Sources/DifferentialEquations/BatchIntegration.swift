import Tensors

/// A solution under way whose samples share their steps.
struct BatchIntegration {
  let method: RungeKutta
  let times: [Double]
  private(set) var outputs: [Tensor]
  private(set) var sizes: [Double] = []
  private(set) var statistics = Solution.Statistics()
  /// What is noted to go through the steps again; nil where nobody will.
  var checkpoints: Checkpoints?
  /// Takes every accepted step; nil where nobody will look inside them afterwards.
  var record: StepRecord?
  /// Whether each step is checked to be finite.
  private let isWatched: Bool
  private var time: Double
  private var state: Tensor
  /// f at the state, where it is known.
  private var derivative: Tensor?

  private var direction: Double { times[times.count - 1] < times[0] ? -1 : 1 }

  init(_ method: RungeKutta, from initial: Tensor, at times: [Double], isWatched: Bool) {
    self.method = method
    self.times = times
    self.isWatched = isWatched
    outputs = [initial]
    state = initial
    time = times[0]
  }

  // MARK: - Steps chosen in advance

  /// Equal steps between one requested time and the next, as many as `count` says for a distance.
  mutating func takeEqualSteps(_ count: (_ distance: Double) -> Int) throws {
    for index in times.indices.dropFirst() {
      let (start, distance) = (times[index - 1], times[index] - times[index - 1])
      let count = count(abs(distance))
      for step in 0..<count {
        time = start + distance * Double(step) / Double(count)
        try accept(try attempt(distance / Double(count)), distance / Double(count))
      }
      time = times[index]
      outputs.append(state)
      checkpoints?.noteOutput(ofStep: sizes.count - 1, at: nil)
    }
  }

  /// Steps of the given sizes, until the last time is reached.
  mutating func takeSteps(_ sequence: [Double]) throws {
    for (index, size) in sequence.enumerated() where outputs.count < times.count {
      let step = try attempt(size)
      // Sums of sizes may miss a time that the steps were meant to end at by rounding.
      let isExact = method.tableau.interpolant != nil && index < sequence.count - 1
      try emit(step, size, slack: isExact ? 0 : 1e-9)
      try accept(step, size)
      time += size
    }
    guard outputs.count == times.count else {
      throw ProblemError.sequenceTooShort(steps: sequence.count, time: time)
    }
  }

  // MARK: - Steps chosen by their error

  mutating func takeSteps(_ steps: AdaptiveSteps) throws {
    let known = try method.field(.shared(time), state)
    derivative = known
    let finite = Tensor.scaledNorms(
      of: [known], weights: [1], from: state, to: state, absolute: 1, relative: 0)
    guard BatchShard.overBatch(finite[0]).isFinite else { throw nonFiniteStart(known) }
    var size = try steps.firstStep.map { direction * $0 } ?? firstStep(known, steps.tolerance)
    var previous = 1e-4
    var last: RungeKutta.Step?
    while outputs.count < times.count {
      size = direction * min(abs(size), steps.largestStep)
      try checkProgress(size, steps, after: last)
      let step = try attempt(size)
      let ratio = BatchShard.overBatch(step.errorRatios(steps.tolerance, rows: 1)[0])
      let factor = steps.controller.factor(
        ratio: ratio, previous: previous, order: method.tableau.order)
      if ratio <= 1 {
        try emit(step, size, slack: 0)
        try accept(step, size)
        time += size
        previous = max(ratio, 1e-4)
        last = nil
      } else {
        statistics.rejectedSteps += 1
        last = step
      }
      size *= factor
    }
  }

  private func firstStep(_ derivative: Tensor, _ tolerance: Tolerance) throws -> Double {
    let step = try method.firstStep(
      from: state, derivative: derivative, at: .shared(time), direction: direction,
      tolerance: tolerance)
    guard case .shared(let size) = step else { preconditionFailure("one step for the batch") }
    return size
  }

  // MARK: - One step

  private mutating func attempt(_ size: Double) throws -> RungeKutta.Step {
    let known = try derivative ?? method.field(.shared(time), state)
    derivative = known
    return try method.step(
      from: state, derivative: known, at: .shared(time), size: .shared(size))
  }

  private mutating func accept(_ step: RungeKutta.Step, _ size: Double) throws {
    if isWatched,
      let (cause, rows, steps) = step.firstNonFinite(after: statistics.acceptedSteps)
    {
      throw IntegrationFailure(
        cause, time: time, state: step.start, samples: rows, steps: steps)
    }
    checkpoints?.note(from: step.start, at: time, size: size)
    if let record { record.add(try method.completed(step, at: .shared(time)), at: .shared(time)) }
    state = step.end
    derivative = step.endDerivative
    sizes.append(size)
    statistics.accept(size)
  }

  /// The outputs at the requested times that a step reaches.
  private mutating func emit(_ step: RungeKutta.Step, _ size: Double, slack: Double) throws {
    var completed: RungeKutta.Step?
    while outputs.count < times.count {
      let requested = times[outputs.count]
      guard direction * (requested - (time + size)) <= slack * abs(size) else { return }
      let x = (requested - time) / size
      if method.tableau.interpolant != nil {
        let inside = try completed ?? method.completed(step, at: .shared(time))
        completed = inside
        outputs.append(inside.state(at: x))
        checkpoints?.noteOutput(ofStep: sizes.count, at: x)
      } else if abs(x - 1) <= 1e-9 {
        outputs.append(step.end)
        checkpoints?.noteOutput(ofStep: sizes.count, at: nil)
      } else {
        throw ProblemError.noInterpolant(method: method.tableau.name, time: requested)
      }
    }
  }

  // MARK: - Failures

  /// Throws where steps ran out or became too small; `last` is the step rejected just before.
  private func checkProgress(
    _ size: Double, _ steps: AdaptiveSteps, after last: RungeKutta.Step?
  ) throws {
    let taken = statistics.acceptedSteps + statistics.rejectedSteps
    let cause: IntegrationFailure.Cause
    if abs(size) <= smallestUsefulStep(at: time, times) {
      cause = .stepUnderflow(size: abs(size))
    } else if taken >= steps.maximumSteps {
      cause = .tooManySteps(limit: steps.maximumSteps)
    } else {
      return
    }
    let ratios = last?.errorRatios(steps.tolerance, rows: state.shape[0]) ?? []
    let broken = ratios.indices.filter { !ratios[$0].isFinite }
    let worst = ratios.indices.filter { ratios[$0] > 1 }.sorted { ratios[$0] > ratios[$1] }
    throw IntegrationFailure(
      broken.isEmpty ? cause : .nonFiniteDerivative, time: time, state: state,
      samples: broken.isEmpty ? worst : broken, steps: taken)
  }

  private func nonFiniteStart(_ derivative: Tensor) -> IntegrationFailure {
    let states = state.nonFiniteRows
    return IntegrationFailure(
      states.isEmpty ? .nonFiniteDerivative : .nonFiniteState, time: time, state: state,
      samples: states.isEmpty ? derivative.nonFiniteRows : states, steps: 0)
  }
}

extension BatchShard {
  /// A root mean square over the batch, of that over the rows at hand: processes that share a batch
  /// share its steps.
  static func overBatch(_ norm: Double) -> Double { current?.rootMeanSquare(norm) ?? norm }
}

/// The step below which the time no longer moves reliably.
func smallestUsefulStep(at time: Double, _ times: [Double]) -> Double {
  16 * Double.ulpOfOne * max(abs(time), abs(times[times.count - 1] - times[0]))
}
