import Tensors

extension SampleIntegration {
  /// Looks for zeros of the event's function in a step of some rows, and ends those of them that
  /// come to their last.
  mutating func passEvents(_ step: RungeKutta.Step, _ rows: [Int]) throws {
    guard var search = events else { return }
    let last = times[times.count - 1]
    let indices = rows.map { samples[$0].index }
    // A step may run past the last time, a zero may not.
    let lengths = rows.map { min(1, (last - samples[$0].time) / samples[$0].size) }
    let ends = try withoutGradients {
      var reached = step.end
      let passing = rows.indices.filter { lengths[$0] < 1 }
      if !passing.isEmpty {
        let inside = try completed(step, rows)
        reached = reached.replacing(
          at: Tensor(passing.map(Int64.init), device: reached.device),
          with: inside.states(ofRows: passing, at: passing.map { lengths[$0] }))
      }
      return try search.event.values(
        zip(rows, lengths).map { samples[$0].time + $1 * samples[$0].size }, reached
      ).doubles
    }
    if let bad = ends.firstIndex(where: \.isNaN) { throw failure(.nonFiniteEvent, rows[bad]) }
    let chosen = search.reached(indices, ends)
    if !chosen.isEmpty {
      let inside = try completed(step, rows)
      let zeros = try withoutGradients {
        try search.locate(
          in: inside, rows: chosen, samples: chosen.map { indices[$0] },
          times: chosen.map { samples[rows[$0]].time },
          sizes: chosen.map { samples[rows[$0]].size }, lengths: chosen.map { lengths[$0] },
          ends: chosen.map { ends[$0] })
      }
      let final = zip(chosen, zeros).filter { $1.isLast }
      for (order, _) in final {
        places.append(samples[rows[order]].index)
        samples[rows[order]].output = times.count
      }
      if !final.isEmpty {
        pieces.append(
          inside.states(ofRows: final.map { $1.row }, at: final.map { $1.position }))
      }
    }
    search.move(indices, to: ends)
    events = search
  }
}
