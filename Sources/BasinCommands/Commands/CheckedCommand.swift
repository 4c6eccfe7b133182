import ArgumentParser
import StableDynamics

/// A command whose names, lists and settings can be checked before a file is read or anything is
/// computed.
protocol CheckedCommand: ParsableCommand {
  /// - Throws: what the command would say of them.
  func check() throws
}

extension BasinTool {
  /// Reads a command line as far as that is possible without reading a file.
  ///
  /// - Parameter arguments: without the name of the tool.
  /// - Throws: what the tool ends with, to be explained by `failure(of:for:)`.
  package static func command(_ arguments: [String]) throws -> any ParsableCommand {
    let topic = arguments.dropFirst().filter { !$0.hasPrefix("-") }
    if arguments.first == "help", !hasCommand(topic) {
      throw UsageMistake(topic, reason: "there is no such command")
    }
    let command = try parseAsRoot(arguments.negativeNumbersJoined)
    try (command as? any CheckedCommand)?.check()
    return command
  }

  /// The line that the tool says of an error, and its exit code; nil for help and the version.
  package static func failure(
    of error: any Error, for arguments: [String]
  ) -> (message: String, exitCode: Int32)? {
    func ending(_ failure: any CommandFailure) -> (String, Int32) {
      (failure.advice, failure.exitCode)
    }
    if let failure = error as? any CommandFailure { return ending(failure) }
    return switch exitCode(for: error) {
    case .validationFailure: ending(UsageMistake(arguments, reason: message(for: error)))
    // Anything that is not the parser's is a mistake of ours.
    case .failure: ("\(error)", ExitStatus.internalError.rawValue)
    default: nil
    }
  }
}
