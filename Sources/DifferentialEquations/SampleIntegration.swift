import Tensors

/// A solution under way whose samples each have their own time, step size and acceptance. Samples
/// that reached the last time drop out of the rows that are computed.
struct SampleIntegration {
  /// A sample under way.
  struct Sample {
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
  /// The event that is looked for, if any.
  var events: EventSearch?
  let initial: Tensor
  /// Whether each step is checked to be finite.
  private let isWatched: Bool
  private(set) var statistics = Solution.Statistics()
  /// The accepted steps of every sample.
  private(set) var sizes: [[Double]]
  /// The samples under way, with a row of the state and of its derivative for each.
  var samples: [Sample]
  private var state: Tensor
  private var derivative: Tensor
  /// Outputs in the order they came, and the place [time, sample] of each of their rows.
  var pieces: [Tensor] = []
  var places: [Int] = []

  private var direction: Double { times[times.count - 1] < times[0] ? -1 : 1 }

  init(
    _ method: RungeKutta, from initial: Tensor, at times: [Double], event: Event? = nil,
    isWatched: Bool = false
  ) throws {
    self.method = method
    self.times = times
    self.initial = initial
    self.isWatched = isWatched
    events = try event.map { try EventSearch($0, from: initial, at: times[0]) }
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
    if isWatched { try checkFinite(step) }
    for row in samples.indices { samples[row].steps += 1 }
    statistics.rejectedSteps += samples.count - rows.count
    if rows.isEmpty { return }
    if rows.count == samples.count {
      try passEvents(step, rows)
      try emit(step, rows)
      state = step.end
      derivative = step.endDerivative!
    } else {
      let accepted = try part(step, rows)
      try passEvents(accepted, rows)
      try emit(accepted, rows)
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
  private mutating func emit(_ step: RungeKutta.Step, _ rows: [Int]) throws {
    var outputs: [(stepRow: Int, position: Double)] = []
    for (stepRow, row) in rows.enumerated() {
      let sample = samples[row]
      let end = sample.time + sample.size
      while samples[row].output < times.count {
        let output = samples[row].output
        guard direction * (times[output] - end) <= 0 else { break }
        outputs.append((stepRow, (times[output] - sample.time) / sample.size))
        places.append((output - 1) * initial.shape[0] + sample.index)
        samples[row].output += 1
      }
    }
    if outputs.isEmpty { return }
    let inside = try completed(step, rows, for: outputs.map(\.stepRow))
    pieces.append(inside.step.states(ofRows: inside.rows, at: outputs.map(\.position)))
  }

  /// A step that is ready for outputs inside it, of some of its rows, repeated ones allowed: where
  /// that takes further stages, a step of these rows only; and which rows of it they are.
  ///
  /// - Parameter rows: those under way that the step is of.
  func completed(
    _ step: RungeKutta.Step, _ rows: [Int], for chosen: [Int]
  ) throws -> (step: RungeKutta.Step, rows: [Int]) {
    if method.tableau.interpolant!.furtherStages.isEmpty { return (step, chosen) }
    let distinct = Set(chosen).sorted()
    let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
    method.field.rows = sampleRows(distinct.map { rows[$0] })
    let part = distinct.count == rows.count ? step : step.selecting(distinct)
    let times = PerRow.rows(distinct.map { samples[rows[$0]].time })
    return (try method.completed(part, at: times), chosen.map { places[$0]! })
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

  private func checkFinite(_ step: RungeKutta.Step) throws {
    guard let (cause, rows, steps) = step.firstNonFinite(after: samples[0].steps) else { return }
    let sample = samples[rows[0]]
    throw IntegrationFailure(
      cause, time: sample.time, state: step.start.sliced(rows[0]..<rows[0] + 1),
      samples: [sample.index], steps: steps)
  }

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

  func failure(_ cause: IntegrationFailure.Cause, _ row: Int) -> IntegrationFailure {
    IntegrationFailure(
      cause, time: samples[row].time, state: state.sliced(row..<row + 1),
      samples: [samples[row].index], steps: samples[row].steps)
  }
}
