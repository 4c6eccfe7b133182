import StableDynamics

/// How the process ends: the contract with scripts, after the codes of sysexits.h.
package enum ExitStatus: Int32, CaseIterable, Sendable {
  case done = 0
  /// The command is done, but an audit raised a flag and `--strict` was given.
  case flagged = 2
  case usage = 64
  case badData = 65
  case missingInput = 66
  /// CUDA, a download or a tool.
  case unavailable = 69
  case internalError = 70
  case inputOutput = 74
  case configuration = 78
  /// A signal asked the training to end, and a checkpoint was written.
  case interrupted = 130
}

/// An error that says by itself how the process is to end, and why.
protocol CommandFailure: Error {
  var exitStatus: ExitStatus { get }
  /// The same as a number; another only where a process that was started has another.
  var exitCode: Int32 { get }
  /// One line.
  var message: String { get }
}

extension CommandFailure {
  var exitCode: Int32 { exitStatus.rawValue }

  /// The error's own description, its lines joined.
  var message: String {
    "\(self)".split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }
      .joined(separator: " ")
  }
}

/// The end of a command whose result is printed already.
struct EndedWith: CommandFailure {
  let exitStatus: ExitStatus
  let message: String
}

/// An option whose value is no use, found out when the command is at work.
struct InvalidOption: CommandFailure {
  let message: String
  var exitStatus: ExitStatus { .usage }

  init(_ message: String) { self.message = message }
}
