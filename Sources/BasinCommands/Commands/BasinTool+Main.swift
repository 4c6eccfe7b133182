import ArgumentParser
import Catalogs
import Datasets
import DifferentialEquations
import Foundation
import Methods
import Robustness
import SparseRecovery
import StableDynamics
import Tensors

extension BasinTool {
  /// Runs the command line and ends the process with its exit code.
  ///
  /// A package of its own has the whole tool with what it adds: each is listed, helped with, configured,
  /// resumed and reported like those of Basin. It ends with exit code 70 if a name cannot be used.
  ///
  /// - Parameters:
  ///   - arguments: without the name of the tool; those of the process where nil.
  ///   - methods: for `train --method`, and every command on their runs.
  ///   - attacks: for `evaluate --attacks`.
  ///   - corruptions: for `evaluate --corruptions`.
  ///   - datasets: for `--data`.
  ///   - solvers: for the setting `flow.solver`.
  ///   - penalties: for `training.sparsity.penalty` and `sparse prune --penalty`.
  public static func run(
    _ arguments: [String]? = nil, methods: [any Method.Type] = [],
    attacks: [AttackCatalog.Entry] = [], corruptions: [CorruptionCatalog.Entry] = [],
    datasets: [any DatasetSource] = [], solvers: [ButcherTableau] = [],
    penalties: [any NetworkPenalty.Type] = []
  ) -> Never {
    do throws(CatalogError) {
      for method in methods { try MethodCatalog.add(method) }
      for attack in attacks { try AttackCatalog.add(attack) }
      for corruption in corruptions { try CorruptionCatalog.add(corruption) }
      for dataset in datasets { try DatasetCatalog.add(dataset) }
      for solver in solvers { try ButcherTableau.catalog.add(solver) }
      for penalty in penalties { try NetworkPenaltyCatalog.add(penalty) }
    } catch {
      exit(with: ExitStatus.internalError.rawValue, message: "\(error)")
    }
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
    fflush(nil)
    // Nothing is left to be done: taking libtorch down takes half as long as it took to set it up.
    _exit(code)
  }
}
