import Dispatch
import Foundation

/// Hears the signals that ask a program to end, so that it can finish what it is at.
///
/// The first signal is only noted; the second ends the program as it would have without this. The
/// signals are heard from creation until the value is released.
public final class Interruption: @unchecked Sendable {
  private let lock = NSLock()
  private var noted: Int32?
  private var sources: [any DispatchSourceSignal] = []

  /// - Parameter onFirst: called, on another thread, when the first signal arrives.
  public init(
    signals: [Int32] = [SIGINT, SIGTERM], onFirst: @escaping @Sendable (Int32) -> Void = { _ in }
  ) {
    let queue = DispatchQueue(label: "basin.interruption")
    for number in signals {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [weak self] in
        for number in signals { signal(number, SIG_DFL) }
        self?.note(number)
        onFirst(number)
      }
      source.resume()
      sources.append(source)
    }
  }

  deinit {
    for source in sources {
      source.cancel()
      signal(Int32(source.handle), SIG_DFL)
    }
  }

  /// Whether a signal has arrived.
  public var isRequested: Bool { lock.withLock { noted != nil } }

  private func note(_ number: Int32) { lock.withLock { noted = number } }
}

/// A training that was asked to end and has written a checkpoint; the command exits with 130.
public struct TrainingInterrupted: Error, Hashable, Sendable, CustomStringConvertible {
  /// The run's folder.
  public let run: String
  /// Steps done.
  public let step: Int

  public var description: String {
    "\(run): interrupted after step \(step), a checkpoint is written. "
      + "Continue with `basin train --resume \(run)`."
  }
}
