import Tensors

/// A solution under way whose samples each have their own time, step size and acceptance.
///
/// Samples that reached the last time stay where they are, by steps of size 0, and so do those that
/// take a rejected step afresh: the field sees one number of rows, as it may round otherwise for
/// another. They drop out by whole batches of `FixedBatch.rows`.
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
  /// Takes every accepted step; nil where nobody will look inside them afterwards.
  var record: StepRecord?
  let initial: Tensor
  /// Whether each step is checked to be finite.
  private let isWatched: Bool
  private(set) var statistics = Solution.Statistics()
  /// The accepted steps of every sample.
  private(set) var sizes: [[Double]]
  /// The samples that are computed, with a row of the state and of its derivative for each.
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
    while true {
      let going = underWay
      if going.isEmpty { return }
      for row in going {
        samples[row].size = direction * min(abs(samples[row].size), steps.largestStep)
        try checkProgress(row, steps)
      }
      let step = try attempt(going)
      let ratios = step.errorRatios(steps.tolerance, rows: samples.count)
      for row in going where !ratios[row].isFinite && isStuck(row) {
        throw failure(.nonFiniteDerivative, row)
      }
      try accept(step, rows: going.filter { ratios[$0] <= 1 }, of: going)
      for row in going {
        samples[row].size *= steps.controller.factor(
          ratio: ratios[row], previous: samples[row].previous, order: method.tableau.order)
        if ratios[row] <= 1 { samples[row].previous = max(ratios[row], 1e-4) }
      }
      dropArrived()
    }
  }

  /// Steps of the given sizes for each sample, until it reaches the last time.
  mutating func takeSteps(_ sequences: [[Double]]) throws {
    while true {
      let going = underWay
      if going.isEmpty { return }
      for row in going {
        let sample = samples[row]
        let sequence = sequences[sample.index]
        guard sample.steps < sequence.count else {
          throw ProblemError.sequenceTooShort(steps: sequence.count, time: sample.time)
        }
        samples[row].size = sequence[sample.steps]
      }
      try accept(try attempt(going), rows: going, of: going)
      dropArrived()
    }
  }

  // MARK: - One step

  /// The rows of samples that have yet to reach the last time.
  private var underWay: [Int] { samples.indices.filter { samples[$0].output < times.count } }

  /// A step of all rows, of size 0 for those that are not named.
  private func attempt(_ rows: [Int]) throws -> RungeKutta.Step {
    method.field.rows = sampleRows(Array(samples.indices))
    var sizes = [Double](repeating: 0, count: samples.count)
    for row in rows { sizes[row] = samples[row].size }
    return try method.step(
      from: state, derivative: derivative, at: .rows(samples.map(\.time)), size: .rows(sizes))
  }

  /// Which samples some rows are; nil if they are all samples.
  private func sampleRows(_ rows: [Int]) -> [Int]? {
    rows.count == initial.shape[0] ? nil : rows.map { samples[$0].index }
  }

  /// Moves some of the rows under way to the end of a step; the others stay.
  private mutating func accept(_ step: RungeKutta.Step, rows: [Int], of going: [Int]) throws {
    if isWatched { try checkFinite(step) }
    for row in going { samples[row].steps += 1 }
    statistics.rejectedSteps += going.count - rows.count
    if rows.isEmpty { return }
    let hasRejected = rows.count < going.count
    // Where it is recorded, it is taken afresh, so that rejected rows, which may not even be finite,
    // are no part of the graph, unless they do no harm there.
    let isAfresh = hasRejected && step.end.requiresGradient && !method.isolatesRows
    let step = isAfresh ? try attempt(rows) : step
    if events != nil {
      try passEvents(rows.count == samples.count ? step : step.selecting(rows), rows)
    }
    try emit(step, rows)
    if let record {
      record.add(
        try completed(step, Array(samples.indices)).selecting(rows),
        at: .rows(rows.map { samples[$0].time }), samples: rows.map { samples[$0].index })
    }
    if hasRejected && !isAfresh {
      let indices = Tensor(rows.map(Int64.init), device: state.device)
      state = state.replacing(at: indices, with: step.end.selecting(indices))
      derivative = derivative.replacing(at: indices, with: step.endDerivative!.selecting(indices))
    } else {
      state = step.end
      derivative = step.endDerivative!
    }
    for row in rows {
      samples[row].time += samples[row].size
      sizes[samples[row].index].append(samples[row].size)
      statistics.accept(samples[row].size)
    }
  }

  /// The outputs at the requested times that some rows of a step of all rows reach, as one piece.
  private mutating func emit(_ step: RungeKutta.Step, _ rows: [Int]) throws {
    var (stepRows, positions): ([Int], [Double]) = ([], [])
    for row in rows {
      let sample = samples[row]
      let end = sample.time + sample.size
      while samples[row].output < times.count {
        let output = samples[row].output
        guard direction * (times[output] - end) <= 0 else { break }
        stepRows.append(row)
        positions.append((times[output] - sample.time) / sample.size)
        places.append((output - 1) * initial.shape[0] + sample.index)
        samples[row].output += 1
      }
    }
    if stepRows.isEmpty { return }
    let inside = try completed(step, Array(samples.indices))
    pieces.append(inside.states(ofRows: stepRows, at: positions))
  }

  /// A step of some rows that is ready for outputs inside it. The stages that this may take are of all
  /// its rows, for the same reason as those of the step.
  func completed(_ step: RungeKutta.Step, _ rows: [Int]) throws -> RungeKutta.Step {
    if method.tableau.interpolant!.furtherStages.isEmpty { return step }
    method.field.rows = sampleRows(rows)
    return try method.completed(step, at: .rows(rows.map { samples[$0].time }))
  }

  private mutating func dropArrived() {
    let going = underWay
    let count = min(FixedBatch.filled(going.count), samples.count)
    if count == samples.count || going.isEmpty { return }
    let arrived = samples.indices.filter { samples[$0].output == times.count }
    let rows = (going + arrived.prefix(count - going.count)).sorted()
    samples = rows.map { samples[$0] }
    let indices = Tensor(rows.map(Int64.init), device: state.device)
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
