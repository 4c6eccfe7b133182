import Foundation

extension Process {
  /// This tool's own file.
  static var tool: URL {
    #if os(Linux)
      return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      return Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    #endif
  }

  /// The threads of each of several processes on this machine: with as many as there are cores they
  /// would stand in each other's way.
  static func threads(ofEach count: Int) -> Int {
    max(1, ProcessInfo.processInfo.activeProcessorCount / count)
  }

  /// The signal that has ended it; nil if it has ended by itself.
  var endSignal: Int32? { terminationReason == .uncaughtSignal ? terminationStatus : nil }

  /// The exit code, or 128 + N after signal N.
  var endStatus: Int32 { endSignal.map { 128 + $0 } ?? terminationStatus }
}

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
