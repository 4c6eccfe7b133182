import ArgumentParser
import Foundation
import Tensors

extension BasinTool {
  /// Runs the command line and ends the process with its exit code.
  ///
  /// - Parameter arguments: without the name of the tool; those of the process where nil.
  public static func run(_ arguments: [String]? = nil) -> Never {
    StandardOutput.reserve()
    Signals.prepare()
    Orphanage.watch()
    Torch.endOnMemoryShortage { shortage in
      StandardError.write("basin: \(shortage)")
      fflush(nil)
      // Other threads are at work: nothing of theirs is taken down under them.
      _exit(ExitStatus.configuration.rawValue)
    }
    let arguments = arguments ?? Array(CommandLine.arguments.dropFirst())
    do {
      var command = try checked(arguments)
      try command.run()
      exit(with: ExitStatus.done.rawValue)
    } catch {
      guard let failure = failure(of: error, for: arguments) else { answer(error) }
      exit(with: failure.exitCode, message: failure.message)
    }
  }

  /// The command of a command line, once the files that it would read and write are found to be fit.
  package static func checked(_ arguments: [String]) throws -> any ParsableCommand {
    let command = try command(arguments)
    try OpenFiles.require()
    try (command as? any FileWriting)?.files.check()
    return command
  }

  /// Ends with help, or the version.
  private static func answer(_ error: any Error) -> Never {
    do {
      try StandardOutput.write(fullMessage(for: error))
    } catch {
      exit(with: error.exitCode, message: error.message)
    }
    exit(with: ExitStatus.done.rawValue)
  }

  private static func exit(with code: Int32, message: String? = nil) -> Never {
    if let message { StandardError.write("basin: \(message)") }
    Foundation.exit(code)
  }
}
