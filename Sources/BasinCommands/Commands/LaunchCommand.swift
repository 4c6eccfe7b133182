import ArgumentParser
import Distributed
import Foundation
import Training

struct LaunchCommand: CheckedCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch", abstract: "Train or evaluate with several processes of this machine.",
    discussion: """
      Starts the command after -- so many times and tells each process which one it is, in the \
      variables that torchrun sets. Standard output is that of the first process; lines that others \
      write to standard error begin with their number. When one fails the others are ended, and the \
      exit code is that of the first failure (128 + N after signal N).

      Example: basin launch --processes 2 -- train --method zubov-net --data digits
      """)

  @Option(help: .init("How many.", valueName: "n"))
  var processes: Int

  @Option(
    help: .init(
      "Seconds that processes wait for each other before they give up.", valueName: "seconds"))
  var timeout: Double?

  @Argument(parsing: .postTerminator, help: "A command of basin and its arguments, after --.")
  var command: [String] = []

  /// Commands that know what to do with others of their kind.
  static let sharable = ["train", "evaluate"]

  func validate() throws {
    guard (1...1024).contains(processes) else {
      throw ValidationError("--processes: expected a number from 1 to 1024, found \(processes)")
    }
    if let timeout, !(timeout > 0 && timeout <= 1e6) {
      throw ValidationError("--timeout: expected a positive number of seconds, found \(timeout)")
    }
    guard let name = command.first, Self.sharable.contains(name) else {
      throw ValidationError(
        "launch: expected -- and then one of \(Self.sharable.joined(separator: " or ")), found "
          + (command.first.map { "'\($0)'" } ?? "nothing"))
    }
  }

  /// Finds a wrong command once, not in every process.
  func check() throws {
    do {
      _ = try BasinTool.command(command)
    } catch {
      guard let failure = BasinTool.failure(of: error, for: command) else { return }
      throw InvalidCommand(exitCode: failure.exitCode, message: failure.message)
    }
  }

  func run() throws {
    if processes > 1, !ProcessGroup.isAvailable {
      throw DistributedError.withoutGloo(processes: processes)
    }
    // Pipes, and what starting a process takes for a moment.
    try OpenFiles.require(others: 4 * processes)
    let workers = try WorkerProcesses(command, count: processes, timeout: timeout)
    let interruption = try Interruption { workers.send($0) }
    let end = withExtendedLifetime(interruption) { workers.wait() }
    guard let failure = end else { return }
    throw EndedEarly(failure, isInterrupted: interruption.isRequested)
  }
}

/// A command that every process would refuse.
private struct InvalidCommand: CommandFailure {
  let exitCode: Int32
  let message: String
  var exitStatus: ExitStatus { ExitStatus(rawValue: exitCode) ?? .usage }
}

/// The end of a launch in which a process has failed.
private struct EndedEarly: CommandFailure {
  let exitStatus: ExitStatus
  let exitCode: Int32
  let message: String

  init(_ failure: WorkerProcesses.Failure, isInterrupted: Bool) {
    exitCode = failure.status
    exitStatus = ExitStatus(rawValue: failure.status) ?? .internalError
    let how =
      failure.signal.map { "was ended by signal \($0)" } ?? "ended with exit code \(failure.status)"
    message = isInterrupted ? "interrupted" : "process \(failure.rank) \(how)"
  }
}
