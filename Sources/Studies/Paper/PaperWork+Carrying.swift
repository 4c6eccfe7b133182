import Evaluations
import Failures
import Foundation
import Reports
import Runs
import Training

extension PaperWork {
  /// What became of the work.
  package struct Outcome: Sendable {
    /// Runs that could not be trained or measured, and why.
    package internal(set) var failures: [(run: String, reason: String)] = []
    /// Runs that another process was at work on.
    package internal(set) var left: [String] = []
  }

  /// Does what is missing, run by run. What one run lacks in the end does not keep others from
  /// theirs, and several processes at the same work share it.
  ///
  /// - Parameters:
  ///   - isInterrupted: asked after each step; true ends the work with a checkpoint.
  ///   - say: told what is being done, a line at a time.
  /// - Throws: `TrainingInterrupted` or `WorkInterrupted`.
  package func carryOut(
    terminal: Terminal = .standardError, isInterrupted: @escaping () -> Bool,
    say: (String) -> Void
  ) throws -> Outcome {
    var outcome = Outcome()
    for item in items where !item.tasks.isEmpty {
      do {
        try carryOut(item, terminal: terminal, isInterrupted: isInterrupted, say: say)
      } catch let error as TrainingInterrupted {
        throw error
      } catch let error as WorkInterrupted {
        throw error
      } catch let error as Failure where error.kind == .inUse {
        say("\(item.folder.path): another process is at work on it")
        outcome.left.append(item.folder.path)
      } catch {
        say("\(item.folder.path): \(error)")
        outcome.failures.append((item.folder.path, "\(error)"))
      }
    }
    return outcome
  }

  private func carryOut(
    _ item: Item, terminal: Terminal, isInterrupted: @escaping () -> Bool, say: (String) -> Void
  ) throws {
    for task in item.tasks {
      switch task {
      case .train:
        say("\(item.folder.path): training")
        try Trainer.starting(
          item.configuration, in: item.folder, locations: runs.locations, terminal: terminal
        ).train(isInterrupted: isInterrupted)
      case .resume(let done):
        say("\(item.folder.path): training, from \(Int(100 * done)) % on")
        try Trainer.resuming(item.folder, locations: runs.locations, terminal: terminal)
          .train(isInterrupted: isInterrupted)
      case .measure(let measurement):
        say("\(item.folder.path): measuring \(measurement.name)")
        try measure(measurement, item, terminal: terminal, isInterrupted: isInterrupted)
      }
    }
  }

  private func measure(
    _ measurement: any PaperMeasurement, _ item: Item, terminal: Terminal,
    isInterrupted: () -> Bool
  ) throws {
    let lock = try RunLock(item.folder)
    defer { withExtendedLifetime(lock) {} }
    item.folder.removeRemains()
    let run = try Run.open(item.folder.path, device: item.configuration.device)
    let others = try measurement.prerequisites.map {
      try Run.open(
        runs.folder(of: $0, seed: item.seed).path, device: item.configuration.device)
    }
    var meter: ProgressMeter?
    try measurement.carryOut(
      on: run, samples: run.samples(in: runs.locations), others: others,
      in: PaperFolder(of: item.folder)
    ) { done, total in
      if isInterrupted() { throw WorkInterrupted(run: item.folder.path, name: measurement.name) }
      var current =
        meter ?? ProgressMeter(measurement.name, total: total, terminal: terminal)
      current.advance(by: done - current.completed)
      meter = current
    }
    meter?.finish()
  }
}

/// A measurement that was asked to end. What it has found is kept; the command exits with 130.
package struct WorkInterrupted: Error, Hashable, Sendable, CustomStringConvertible {
  package let run: String
  /// What was being measured.
  package let name: String

  package var description: String {
    "\(run): interrupted while measuring \(name). The same command goes on from here."
  }
}
