import Failures
import Files
import Foundation

/// Processes of this tool, each with work of its own, so many at a time.
final class ProcessPool: @unchecked Sendable {
  /// A command line, and the file that its standard error goes to.
  struct Job {
    let arguments: [String]
    let log: URL
  }

  /// How a job ended.
  struct End {
    /// The exit code, or 128 + N after signal N.
    let status: Int32
    /// What it wrote to standard output.
    let output: Data
  }

  private let places: Int
  private let environment: [String: String]
  private let lock = NSLock()
  private let ended = DispatchSemaphore(value: 0)
  private var running: [Int: (process: Process, output: Pipe)] = [:]
  private var finished: [(job: Int, end: End)] = []
  private var isStopping = false
  /// Held open as long as this process lives; see `Orphanage`.
  private let lifeline = Pipe()

  /// - Parameter places: processes at a time.
  init(places: Int) {
    self.places = places
    var environment = ProcessInfo.processInfo.environment
    environment[Orphanage.variable] = "1"
    if environment["OMP_NUM_THREADS"] == nil {
      environment["OMP_NUM_THREADS"] = "\(Process.threads(ofEach: places))"
    }
    self.environment = environment
  }

  /// Works through the jobs in order, until all have ended or, once `stop` was called, those that were
  /// at work have.
  ///
  /// - Parameter onEnd: called when a job has ended, on this thread.
  /// - Throws: an error of starting a process, or of `onEnd`; the others are then ended.
  func run(_ jobs: [Job], onEnd: (_ job: Int, _ end: End) throws -> Void) throws {
    defer { withExtendedLifetime(lifeline) {} }
    var next = 0
    do {
      while true {
        while next < jobs.count, lock.withLock({ !isStopping && running.count < places }) {
          try start(jobs[next], as: next)
          next += 1
        }
        guard lock.withLock({ !running.isEmpty || !finished.isEmpty }) else { return }
        ended.wait()
        for (job, end) in takeFinished() { try onEnd(job, end) }
      }
    } catch {
      stop(SIGTERM)
      while lock.withLock({ !running.isEmpty }) { ended.wait() }
      throw error
    }
  }

  /// Starts no more jobs, and passes a signal on to those that are at work.
  func stop(_ signal: Int32) {
    lock.withLock {
      isStopping = true
      for (process, _) in running.values where process.isRunning {
        kill(process.processIdentifier, signal)
      }
    }
  }

  private func start(_ job: Job, as index: Int) throws {
    guard FileManager.default.createFile(atPath: job.log.path, contents: nil),
      let log = FileHandle(forWritingAtPath: job.log.path)
    else {
      throw Failure.unwritable(job.log.relativePath, String(cString: strerror(errno)))
    }
    let process = Process()
    let output = Pipe()
    process.executableURL = Process.tool
    process.arguments = job.arguments
    process.environment = environment
    process.standardInput = lifeline.fileHandleForReading
    process.standardOutput = output
    process.standardError = log
    process.terminationHandler = { [weak self] in self?.note($0, job: index) }
    try lock.withLock {
      try process.run()
      running[index] = (process, output)
    }
    try? log.close()
    try? output.fileHandleForWriting.close()
  }

  private func note(_ process: Process, job: Int) {
    // A result is short: it fits into the pipe.
    let output = lock.withLock { running[job]?.output }
    let data = (try? output?.fileHandleForReading.readToEnd()) ?? nil
    lock.withLock {
      running[job] = nil
      finished.append((job, End(status: process.endStatus, output: data ?? Data())))
    }
    ended.signal()
  }

  private func takeFinished() -> [(Int, End)] {
    lock.withLock {
      defer { finished = [] }
      return finished.map { ($0.job, $0.end) }
    }
  }
}
