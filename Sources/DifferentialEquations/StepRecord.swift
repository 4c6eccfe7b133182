import Tensors

/// The accepted steps of a solution in order, to look inside them afterwards.
final class StepRecord {
  struct Entry {
    /// Completed.
    let step: RungeKutta.Step
    /// Where it begins.
    let time: PerRow<Double>
    /// The samples of its rows; nil for all of them in order.
    let samples: [Int]?
  }

  private(set) var entries: [Entry] = []

  func add(_ step: RungeKutta.Step, at time: PerRow<Double>, samples: [Int]? = nil) {
    entries.append(Entry(step: step, time: time, samples: samples))
  }

}
