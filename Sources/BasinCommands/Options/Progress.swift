import Reports

/// A progress bar for work whose total may be known only when the first progress is told.
final class Progress {
  private let label: String
  private var meter: ProgressMeter?

  init(_ label: String, total: Int? = nil) {
    self.label = label
    meter = total.map { ProgressMeter(label, total: $0) }
  }

  /// Moves the bar to `done` of `total`.
  func show(_ done: Int, of total: Int) {
    if meter == nil { meter = ProgressMeter(label, total: total) }
    guard let completed = meter?.completed, done > completed else { return }
    meter?.advance(by: done - completed)
  }

  func finish() { meter?.finish() }
}
