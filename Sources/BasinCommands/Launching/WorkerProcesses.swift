import Distributed
import Foundation

/// Processes of this tool on this machine that share one command.
final class WorkerProcesses: @unchecked Sendable {
  /// The first process that ended with an error.
  struct Failure {
    let rank: Int
    /// The exit code, or 128 + N after signal N.
    let status: Int32
    let signal: Int32?
  }

  /// How long others may take to end by themselves after a failure: they notice it in their next
  /// exchange, and the first one writes a checkpoint. Then they are asked to, then they are made to.
  private static let patience = (asking: 30.0, forcing: 60.0)

  private let processes: [Process]
  private let relays: [LineRelay]
  private let ended = DispatchSemaphore(value: 0)
  private let lock = NSLock()
  private var failure: Failure?
  private var running: Set<Int>
  /// Held open as long as this process lives; see `Orphanage`.
  private let lifeline: Pipe

  /// Starts them.
  ///
  /// - Throws: an error of starting a process or of finding a port.
  init(_ arguments: [String], count: Int, timeout: Double?) throws {
    var variables = ProcessInfo.processInfo.environment
    variables["WORLD_SIZE"] = "\(count)"
    variables["LOCAL_WORLD_SIZE"] = "\(count)"
    variables["MASTER_ADDR"] = "127.0.0.1"
    variables["MASTER_PORT"] = "\(try FreePort.onLoopback())"
    variables["TORCHELASTIC_USE_AGENT_STORE"] = nil
    variables[Orphanage.variable] = "1"
    if let timeout { variables[Launch.timeoutVariable] = "\(timeout)" }
    if variables["OMP_NUM_THREADS"] == nil {
      variables["OMP_NUM_THREADS"] = "\(Process.threads(ofEach: count))"
    }
    var relays: [LineRelay] = []
    let lifeline = Pipe()
    self.lifeline = lifeline
    processes = (0..<count).map { rank in
      let process = Process()
      process.executableURL = Process.tool
      process.arguments = arguments
      process.environment = variables.merging(
        ["RANK": "\(rank)", "LOCAL_RANK": "\(rank)"]) { $1 }
      process.standardInput = lifeline.fileHandleForReading
      if rank > 0 {
        let relay = LineRelay(prefix: "[\(rank)] ")
        process.standardOutput = relay.input
        process.standardError = relay.input
        relays.append(relay)
      }
      return process
    }
    self.relays = relays
    running = Set(0..<count)
    for (rank, process) in processes.enumerated() {
      process.terminationHandler = { [weak self] in self?.note($0, rank: rank) }
    }
    for process in processes {
      do {
        try process.run()
      } catch {
        end(with: SIGKILL)
        throw error
      }
    }
    for relay in relays { relay.start() }
  }

  private func note(_ process: Process, rank: Int) {
    lock.withLock {
      running.remove(rank)
      if failure == nil, process.endStatus != 0 {
        failure = Failure(rank: rank, status: process.endStatus, signal: process.endSignal)
      }
    }
    ended.signal()
  }

  /// Waits until all have ended.
  ///
  /// - Returns: the first failure, or nil.
  func wait() -> Failure? {
    while lock.withLock({ failure == nil && !running.isEmpty }) { ended.wait() }
    for (signal, seconds) in [(SIGTERM, Self.patience.asking), (SIGKILL, Self.patience.forcing)] {
      let limit = DispatchTime.now() + seconds
      while lock.withLock({ !running.isEmpty }), ended.wait(timeout: limit) == .success {}
      end(with: signal)
    }
    while lock.withLock({ !running.isEmpty }) { ended.wait() }
    for relay in relays { relay.waitForEnd() }
    return lock.withLock { failure }
  }

  /// Passes a signal on to all.
  func send(_ signal: Int32) { end(with: signal) }

  private func end(with signal: Int32) {
    for rank in lock.withLock({ running }) where processes[rank].isRunning {
      kill(processes[rank].processIdentifier, signal)
    }
  }
}
