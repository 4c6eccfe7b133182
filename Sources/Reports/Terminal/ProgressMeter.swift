import Foundation

/// Shows how far a long piece of work has come, how fast it goes and when it will end.
///
/// On an interactive terminal it is a bar redrawn in place, at most ten times a second. Anywhere
/// else (a log file, a pipe, a continuous integration run) it is one line per interval.
///
/// ```swift
/// var meter = ProgressMeter("training", total: steps)
/// for step in 1...steps {
///   meter.advance(note: "loss 0.31")
/// }
/// meter.finish()
/// ```
public struct ProgressMeter {
  /// What is being done, in a word or two.
  public let label: String

  /// The number of units of work.
  public let total: Int

  /// The number of units done so far.
  public private(set) var completed: Int

  private let terminal: Terminal
  private let interval: TimeInterval
  private let now: () -> TimeInterval
  private let initiallyCompleted: Int
  private let start: TimeInterval
  private var lastDrawing: TimeInterval
  private var isUpToDate = false
  private var note = ""
  private var ownStatus: String?

  /// Creates a meter at `completed` of `total` units; a resumed work starts above zero.
  ///
  /// - Parameters:
  ///   - interval: The least time between two lines where the terminal is not interactive.
  ///   - now: A monotonic clock in seconds.
  public init(
    _ label: String,
    total: Int,
    completed: Int = 0,
    terminal: Terminal = .standardError,
    interval: TimeInterval = 10,
    now: @escaping () -> TimeInterval = { ProcessInfo.processInfo.systemUptime }
  ) {
    precondition(total >= 0 && (0...total).contains(completed), "progress \(completed) of \(total)")
    self.label = label
    self.total = total
    self.completed = completed
    self.terminal = terminal
    self.interval = terminal.isInteractive ? 0.1 : interval
    self.now = now
    initiallyCompleted = completed
    start = now()
    lastDrawing = start
  }

  /// Counts `units` more as done and redraws if it is time to.
  public mutating func advance(by units: Int = 1, note: String? = nil) {
    completed = max(0, min(total, completed + units))
    if let note { self.note = note }
    let time = now()
    isUpToDate = time - lastDrawing >= interval
    guard isUpToDate else { return }
    lastDrawing = time
    draw(at: time)
  }

  /// Shows how far work has come that is no count of equal units.
  ///
  /// - Parameters:
  ///   - share: of the time that all of it takes, from 0 to 1.
  ///   - status: stands in the place of the count, the rate and the time left.
  public mutating func show(share: Double, status: String) {
    ownStatus = status
    advance(by: Int(share * Double(total)) - completed)
  }

  /// Writes a line of its own without disturbing the bar.
  public func log(_ message: String) {
    if terminal.isInteractive {
      terminal.write("\r\u{1B}[K\(message)\n")
      draw(at: now())
    } else {
      terminal.write("\(message)\n")
    }
  }

  /// Ends the bar: draws the last state, or `summary` in its place, and moves to the next line.
  public mutating func finish(_ summary: String? = nil) {
    let time = now()
    guard let summary else {
      if !isUpToDate { draw(at: time) }
      if terminal.isInteractive { terminal.write("\n") }
      return
    }
    let line = "\(label): \(summary) (\(Self.clockTime(time - start)))"
    terminal.write(terminal.isInteractive ? "\r\u{1B}[K\(line)\n" : "\(line)\n")
  }

  private func draw(at time: TimeInterval) {
    let text = status(at: time)
    guard terminal.isInteractive else {
      terminal.write("\(label): \(text)\n")
      return
    }
    let barWidth = 24
    let available = max(0, terminal.width - label.count - barWidth - 3)
    let shown = terminal.faint(String(text.prefix(available)))
    terminal.write("\r\u{1B}[K\(label) \(bar(ofWidth: barWidth)) \(shown)")
  }

  private func bar(ofWidth width: Int) -> String {
    let filled = total == 0 ? width : width * completed / total
    return terminal.accented(String(repeating: "━", count: filled))
      + terminal.faint(String(repeating: "─", count: width - filled))
  }

  private func status(at time: TimeInterval) -> String {
    if let ownStatus { return ownStatus }
    let percent = total == 0 ? 100 : 100 * completed / total
    var parts = ["\(completed)/\(total) \(percent)%"]
    let done = completed - initiallyCompleted
    let elapsed = time - start
    if done > 0, elapsed > 0 {
      let rate = Double(done) / elapsed
      parts.append(Self.rateText(rate))
      if completed < total {
        parts.append("\(Self.clockTime(Double(total - completed) / rate)) left")
      } else {
        parts.append("in \(Self.clockTime(elapsed))")
      }
    }
    if !note.isEmpty { parts.append(note) }
    return parts.joined(separator: " · ")
  }

  private static func rateText(_ rate: Double) -> String {
    rate >= 1 || rate == 0
      ? String(format: rate >= 100 ? "%.0f/s" : "%.1f/s", rate)
      : String(format: "%.1f s each", 1 / rate)
  }

  /// `0:07`, `12:40` or `3:05:00`.
  package static func clockTime(_ seconds: TimeInterval) -> String {
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }
}
