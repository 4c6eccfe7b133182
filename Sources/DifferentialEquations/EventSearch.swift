import Tensors

/// The zeros of an event that the samples of a solution have come to.
struct EventSearch {
  let event: Event
  /// The zeros of each sample, in order.
  private(set) var zeros: [[Double]]
  /// g of each sample where its last step ended.
  private var values: [Double]

  /// A sample's zero inside a step, as a row of the step and a place in [0, 1] of it.
  struct Zero {
    let row: Int
    let position: Double
    /// Whether it ends the sample.
    let isLast: Bool
  }

  init(_ event: Event, from states: Tensor, at time: Double) throws {
    self.event = event
    let count = states.shape[0]
    zeros = [[Double]](repeating: [], count: count)
    values = try withoutGradients {
      try event.values([Double](repeating: time, count: count), states).doubles
    }
    if let row = values.firstIndex(where: \.isNaN) {
      throw IntegrationFailure(
        .nonFiniteEvent, time: time, state: states.sliced(row..<row + 1), samples: [row], steps: 0)
    }
  }

  /// Whether a sample has come to the zero that ends it.
  func hasEnded(_ sample: Int) -> Bool { zeros[sample].count == event.ending }

  /// The samples whose g comes to a zero that counts, given its values where their steps end.
  func reached(_ samples: [Int], _ ends: [Double]) -> [Int] {
    samples.indices.filter { event.isReached(from: values[samples[$0]], to: ends[$0]) }
  }

  /// Encloses the zeros of some rows of a step, all of them reached.
  ///
  /// - Parameters:
  ///   - step: completed.
  ///   - rows: of the step; the other lists have an element for each of them.
  ///   - samples: which samples they are.
  ///   - times: where their steps begin.
  ///   - sizes: how long their steps are.
  ///   - lengths: the part of its step, in (0, 1], that each sample goes.
  ///   - ends: g there.
  mutating func locate(
    in step: RungeKutta.Step, rows: [Int], samples: [Int], times: [Double], sizes: [Double],
    lengths: [Double], ends: [Double]
  ) throws -> [Zero] {
    var brackets = rows.indices.map { index in
      RootBracket(
        from: 0, value: values[samples[index]], to: lengths[index], value: ends[index],
        tolerance: event.tolerance / abs(sizes[index]))
    }
    var wide = rows.indices.filter { !brackets[$0].isNarrow }
    while !wide.isEmpty {
      let places = wide.map { brackets[$0].next }
      let states = step.states(ofRows: wide.map { rows[$0] }, at: places)
      let found = try event.values(
        zip(wide, places).map { times[$0] + $1 * sizes[$0] }, states
      ).doubles
      for (order, index) in wide.enumerated() {
        brackets[index].narrow(at: places[order], value: found[order])
      }
      wide.removeAll { brackets[$0].isNarrow }
    }
    return rows.indices.map { index in
      zeros[samples[index]].append(times[index] + brackets[index].end * sizes[index])
      return Zero(
        row: rows[index], position: brackets[index].end, isLast: hasEnded(samples[index]))
    }
  }

  /// Takes in the values of g where the steps of some samples end.
  mutating func move(_ samples: [Int], to ends: [Double]) {
    for (sample, value) in zip(samples, ends) { values[sample] = value }
  }
}
