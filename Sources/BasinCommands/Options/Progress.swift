import Reports
import Robustness

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

  /// Moves the bar to where an evaluation is.
  func show(_ progress: EvaluationProgress) {
    if meter == nil { meter = ProgressMeter(label, total: 1000) }
    meter?.show(share: progress.share, status: progress.status)
  }

  func finish() { meter?.finish() }
}

extension EvaluationProgress {
  /// What matters most first: the end is cut off where a terminal is narrow.
  var status: String {
    var parts = ["\(Int(100 * share))%"]
    if left == 0 { return "100% · \(total) \(unit)" }
    if let secondsLeft { parts.append("\(ProgressMeter.clockTime(secondsLeft)) left") }
    if let activity {
      let threat = activity.threat.map { " at \($0)" } ?? ""
      parts.append("\(activity.name)\(threat) on \(activity.images) images")
    }
    parts.append("\(left) of \(total) \(unit) left")
    return parts.joined(separator: " · ")
  }
}
