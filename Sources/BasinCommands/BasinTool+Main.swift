import ArgumentParser
import Foundation

extension BasinTool {
  /// Runs the command line and ends the process with its exit code.
  ///
  /// - Parameter arguments: without the name of the tool; those of the process where nil.
  public static func run(_ arguments: [String]? = nil) -> Never {
    hearSignals()
    Orphanage.watch()
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
      exit(with: ExitStatus.done.rawValue)
    } catch let failure as any CommandFailure {
      exit(with: failure.exitCode, message: failure.message)
    } catch {
      // What the parser throws has a code of its own; anything else is a mistake of ours.
      guard exitCode(for: error) == .failure else { exit(withError: error) }
      exit(with: ExitStatus.internalError.rawValue, message: "\(error)")
    }
  }

  /// Lets signals through that the parent has blocked, as programs that start others from a thread
  /// of Dispatch do without meaning it.
  private static func hearSignals() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static func exit(with code: Int32, message: String? = nil) -> Never {
    if let message { StandardError.write("basin: \(message)") }
    Foundation.exit(code)
  }
}

/// Where progress and warnings go.
enum StandardError {
  /// Writes a line.
  static func write(_ line: String) {
    // A closed stream is no reason to lose the result.
    try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8))
  }
}
