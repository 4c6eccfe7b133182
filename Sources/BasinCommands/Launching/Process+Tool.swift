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
