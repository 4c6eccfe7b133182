import ArgumentParser

struct SparseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparse",
    abstract: "Recover sparse vectors from few measurements; make networks sparse.",
    subcommands: [
      SparseRecoverCommand.self, SparsePathCommand.self, SparseDiagnoseCommand.self,
      SparsePhaseCommand.self, SparseNoiseCommand.self, SparseConvergenceCommand.self,
      PruneCommand.self,
    ])
}
