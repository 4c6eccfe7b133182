import Foundation

/// Ends a process whose launcher is gone, whatever became of that: without it a launch that was
/// killed would leave its processes at work.
enum Orphanage {
  /// Set for the processes of `basin launch`, whose standard input is a pipe that nobody writes to
  /// and that ends with the launcher.
  static let variable = "BASIN_LAUNCHED"

  /// Waits on another thread for the launcher's end and then raises SIGTERM here: a training writes
  /// its checkpoint.
  static func watch() {
    guard ProcessInfo.processInfo.environment[variable] == "1" else { return }
    // The launcher's end also breaks the pipe that messages go to.
    signal(SIGPIPE, SIG_IGN)
    Thread {
      var byte: UInt8 = 0
      while read(STDIN_FILENO, &byte, 1) > 0 {}
      kill(getpid(), SIGTERM)
    }.start()
  }
}
