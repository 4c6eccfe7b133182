import ArgumentParser
import Foundation

extension BasinTool {
  /// Runs the command line and ends the process with its exit code.
  ///
  /// - Parameter arguments: without the name of the tool; those of the process where nil.
  public static func run(_ arguments: [String]? = nil) -> Never {
    StandardOutput.reserve()
    Signals.prepare()
    Orphanage.watch()
    do {
      var command = try checked(arguments)
      try command.run()
      exit(with: ExitStatus.done.rawValue)
    } catch let failure as any CommandFailure {
      exit(with: failure.exitCode, message: failure.message)
    } catch {
      // What the parser throws has a code of its own; anything else is a mistake of ours.
      guard exitCode(for: error) == .failure else { answer(error) }
      exit(with: ExitStatus.internalError.rawValue, message: "\(error)")
    }
  }

  /// The command of a command line, once the files that it would read and write are found to be fit.
  package static func checked(_ arguments: [String]?) throws -> any ParsableCommand {
    let command = try parseAsRoot(arguments)
    try OpenFiles.require()
    try (command as? any FileWriting)?.files.check()
    return command
  }

  /// Ends with what the parser has to say: help, the version, or what is wrong with the command line.
  private static func answer(_ error: any Error) -> Never {
    let (code, text) = (exitCode(for: error), fullMessage(for: error))
    guard code.isSuccess else {
      StandardError.write(text)
      exit(with: code.rawValue)
    }
    do {
      try StandardOutput.write(text)
    } catch {
      exit(with: error.exitCode, message: error.message)
    }
    exit(with: code.rawValue)
  }

  private static func exit(with code: Int32, message: String? = nil) -> Never {
    if let message { StandardError.write("basin: \(message)") }
    Foundation.exit(code)
  }
}
