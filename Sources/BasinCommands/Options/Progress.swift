import Reports

/// A progress bar that appears when the first progress is told, with the total told then.
final class Progress {
  private let label: String
  private var meter: ProgressMeter?

  init(_ label: String) { self.label = label }

  /// Moves the bar to `done` of `total`.
  func show(_ done: Int, of total: Int) {
    if meter == nil { meter = ProgressMeter(label, total: total) }
    guard let completed = meter?.completed, done > completed else { return }
    meter?.advance(by: done - completed)
  }

  func finish() { meter?.finish() }
}
