import Tensors

/// A solution under way whose samples each have their own time, step size and acceptance. Samples
/// that reached the last time drop out of the rows that are computed.
struct SampleIntegration {
  /// A sample under way.
  private struct Sample {
    let index: Int
    var time: Double
    var size = 0.0
    /// The error ratio of its last accepted step.
    var previous = 1e-4
    /// The next requested time.
    var output = 1
    /// Steps so far, accepted or not.
    var steps = 0
  }

  let method: RungeKutta
  let times: [Double]
  private let initial: Tensor
  private(set) var statistics = Solution.Statistics()
  /// The accepted steps of every sample.
  private(set) var sizes: [[Double]]
  // The samples under way, with a row of the state and of its derivative for each.
  private var samples: [Sample]
  private var state: Tensor
  private var derivative: Tensor
  /// Outputs in the order they came, and the place [time, sample] of each of their rows.
  private var pieces: [Tensor] = []
  private var places: [Int] = []

  private var direction: Double { times[times.count - 1] < times[0] ? -1 : 1 }

  init(_ method: RungeKutta, from initial: Tensor, at times: [Double]) throws {
    self.method = method
    self.times = times
    self.initial = initial
    samples = (0..<initial.shape[0]).map { Sample(index: $0, time: times[0]) }
    sizes = samples.map { _ in [] }
    state = initial
    derivative = try method.field(.rows(samples.map(\.time)), initial)
  }

  /// The states at the requested times: [K, N, ...].
  var outputs: Tensor {
    var rows = [Int64](repeating: 0, count: places.count)
    for (row, place) in places.enumerated() { rows[place] = Int64(row) }
    let later = Tensor.concatenated(pieces).selecting(Tensor(rows, device: initial.device))
    return Tensor.concatenated([initial, later]).reshaped([times.count] + initial.shape)
  }

  /// Steps chosen by their error.
  mutating func takeSteps(_ steps: AdaptiveSteps) throws {
    try checkStart()
    if let first = steps.firstStep {
      for row in samples.indices { samples[row].size = direction * first }
    } else {
      let first = try method.firstStep(
        from: state, derivative: derivative, at: .rows(samples.map(\.time)), direction: direction,
        tolerance: steps.tolerance)
      guard case .rows(let sizes) = first else { preconditionFailure("a step for each sample") }
      for row in samples.indices { samples[row].size = sizes[row] }
    }
    while !samples.isEmpty {
      for row in samples.indices {
        samples[row].size = direction * min(abs(samples[row].size), steps.largestStep)
        try checkProgress(row, steps)
      }
      let step = try attempt()
      let ratios = step.errorRatios(steps.tolerance, rows: samples.count)
      for (row, ratio) in ratios.enumerated() where !ratio.isFinite && isStuck(row) {
        throw failure(.nonFiniteDerivative, row)
      }
      let sizes = samples.map(\.size)
      try accept(step, rows: ratios.indices.filter { ratios[$0] <= 1 })
      for (row, ratio) in ratios.enumerated() {
        samples[row].size =
          sizes[row]
          * steps.controller.factor(
            ratio: ratio, previous: samples[row].previous, order: method.tableau.order)
        if ratio <= 1 { samples[row].previous = max(ratio, 1e-4) }
      }
      dropFinished()
    }
  }

  /// Steps of the given sizes for each sample, until it reaches the last time.
  mutating func takeSteps(_ sequences: [[Double]]) throws {
    while !samples.isEmpty {
      for (row, sample) in samples.enumerated() {
        let sequence = sequences[sample.index]
        guard sample.steps < sequence.count else {
          throw ProblemError.sequenceTooShort(steps: sequence.count, time: sample.time)
        }
        samples[row].size = sequence[sample.steps]
      }
      try accept(try attempt(), rows: Array(samples.indices))
      dropFinished()
    }
  }

  // MARK: - One step

  private mutating func attempt() throws -> RungeKutta.Step {
    method.field.rows = sampleRows(Array(samples.indices))
    return try method.step(
      from: state, derivative: derivative, at: .rows(samples.map(\.time)),
      size: .rows(samples.map(\.size)))
  }

  /// Which samples some rows are; nil if they are all samples.
  private func sampleRows(_ rows: [Int]) -> [Int]? {
    rows.count == initial.shape[0] ? nil : rows.map { samples[$0].index }
  }

  /// Moves the given rows to the end of a step; the others stay.
  private mutating func accept(_ step: RungeKutta.Step, rows: [Int]) throws {
    for row in samples.indices { samples[row].steps += 1 }
    statistics.rejectedSteps += samples.count - rows.count
    if rows.isEmpty { return }
    if rows.count == samples.count {
      emit(step, rows)
      state = step.end
      derivative = step.endDerivative!
    } else {
      let accepted = try part(step, rows)
      emit(accepted, rows)
      let indices = Tensor(rows.map(Int64.init), device: state.device)
      state = state.replacing(at: indices, with: accepted.end)
      derivative = derivative.replacing(at: indices, with: accepted.endDerivative!)
    }
    for row in rows {
      samples[row].time += samples[row].size
      sizes[samples[row].index].append(samples[row].size)
      statistics.accept(samples[row].size)
    }
  }

  /// A step of some rows only. Where it is recorded, it is taken afresh, so that rejected rows,
  /// which may not even be finite, are no part of the graph.
  private func part(_ step: RungeKutta.Step, _ rows: [Int]) throws -> RungeKutta.Step {
    guard step.end.requiresGradient else { return step.selecting(rows) }
    let indices = Tensor(rows.map(Int64.init), device: state.device)
    method.field.rows = sampleRows(rows)
    return try method.step(
      from: state.selecting(indices), derivative: derivative.selecting(indices),
      at: .rows(rows.map { samples[$0].time }), size: .rows(rows.map { samples[$0].size }))
  }

  /// The outputs at the requested times that a step of some rows reaches, as one piece.
  private mutating func emit(_ step: RungeKutta.Step, _ rows: [Int]) {
    var (stepRows, positions): ([Int], [Double]) = ([], [])
    for (stepRow, row) in rows.enumerated() {
      let sample = samples[row]
      let end = sample.time + sample.size
      while samples[row].output < times.count {
        let output = samples[row].output
        guard direction * (times[output] - end) <= 0 else { break }
        stepRows.append(stepRow)
        positions.append((times[output] - sample.time) / sample.size)
        places.append((output - 1) * initial.shape[0] + sample.index)
        samples[row].output += 1
      }
    }
    if !stepRows.isEmpty { pieces.append(step.states(ofRows: stepRows, at: positions)) }
  }

  private mutating func dropFinished() {
    let going = samples.indices.filter { samples[$0].output < times.count }
    if going.count == samples.count { return }
    samples = going.map { samples[$0] }
    if going.isEmpty { return }
    let indices = Tensor(going.map(Int64.init), device: state.device)
    state = state.selecting(indices)
    derivative = derivative.selecting(indices)
  }

  // MARK: - Failures

  private func checkStart() throws {
    for (values, cause) in [
      (state, IntegrationFailure.Cause.nonFiniteState), (derivative, .nonFiniteDerivative),
    ] {
      let rows = values.nonFiniteRows
      if !rows.isEmpty {
        throw IntegrationFailure(cause, time: times[0], state: state, samples: rows, steps: 0)
      }
    }
  }

  /// Whether a tenth of the row's step would no longer move its time.
  private func isStuck(_ row: Int) -> Bool {
    abs(samples[row].size) <= 10 * smallestUsefulStep(at: samples[row].time, times)
  }

  private func checkProgress(_ row: Int, _ steps: AdaptiveSteps) throws {
    let sample = samples[row]
    if abs(sample.size) <= smallestUsefulStep(at: sample.time, times) {
      throw failure(.stepUnderflow(size: abs(sample.size)), row)
    }
    if sample.steps >= steps.maximumSteps {
      throw failure(.tooManySteps(limit: steps.maximumSteps), row)
    }
  }

  private func failure(_ cause: IntegrationFailure.Cause, _ row: Int) -> IntegrationFailure {
    IntegrationFailure(
      cause, time: samples[row].time, state: state.sliced(row..<row + 1),
      samples: [samples[row].index], steps: samples[row].steps)
  }
}
