import ArgumentParser

struct SparseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparse", abstract: "Make networks sparse.", subcommands: [PruneCommand.self])
}
