import Failures
import Foundation
import Runs

/// Hears the signals that ask a program to end, so that it can finish what it is at.
///
/// The first signal is only noted; the second ends the program as it would have without this. The
/// signals are heard until the value is released. One value at a time: a later one takes over. SIGHUP
/// stays ignored where it was, as `nohup` asks.
package final class Interruption: @unchecked Sendable {
  private let signals: [Int32]
  private let writingEnd: Int32
  private let lock = NSLock()
  private var isNoted = false

  /// - Parameter onFirst: called, on another thread, when the first signal arrives.
  /// - Throws: `Failure` of kind `fileSystem` if the process may open no more files.
  package init(
    signals: [Int32] = [SIGINT, SIGTERM, SIGHUP],
    onFirst: @escaping @Sendable (Int32) -> Void = { _ in }
  ) throws(Failure) {
    let signals = signals.filter { $0 != SIGHUP || !isIgnored($0) }
    self.signals = signals
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw Failure(
        .fileSystem, at: "this process", expected: "two more files that may be open",
        found: String(cString: strerror(errno)), remedy: "Raise the limit (ulimit -n).")
    }
    let readingEnd = ends[0]
    writingEnd = ends[1]
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    signalDescriptor.pointee = writingEnd
    let thread = Thread { [weak self] in
      var number: UInt8 = 0
      if read(readingEnd, &number, 1) == 1 {
        self?.note()
        for number in signals { signal(number, SIG_DFL) }
        onFirst(Int32(number))
      }
      close(readingEnd)
    }
    thread.start()
    for number in signals { signal(number, report) }
  }

  deinit {
    for number in signals { signal(number, SIG_DFL) }
    close(writingEnd)
  }

  /// Whether a signal has arrived.
  package var isRequested: Bool { lock.withLock { isNoted } }

  private func note() { lock.withLock { isNoted = true } }
}

/// Where the handler reports to: memory of its own, which a handler may touch at any moment.
nonisolated(unsafe) private let signalDescriptor = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

/// Sends the signal's number to the thread that waits for it; the only thing a handler may do.
private func report(_ number: Int32) {
  let before = errno
  var byte = UInt8(truncatingIfNeeded: number)
  _ = write(signalDescriptor.pointee, &byte, 1)
  errno = before
}

/// Whether the process was started with a signal ignored.
private func isIgnored(_ number: Int32) -> Bool {
  let handler = signal(number, SIG_IGN)
  signal(number, handler)
  return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}

/// A training that was asked to end and has written a checkpoint; the command exits with 130.
package struct TrainingInterrupted: Error, Hashable, Sendable, CustomStringConvertible {
  /// The run's folder.
  package let run: String
  /// Steps done.
  package let step: Int

  package var description: String {
    "\(run): interrupted after step \(step), a checkpoint is written. "
      + "Continue with `basin train --resume \(run)`."
  }
}
