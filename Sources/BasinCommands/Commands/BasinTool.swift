import ArgumentParser
import Runs

/// The command `basin`.
public struct BasinTool: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "basin",
    abstract: "Train stable Neural ODEs, attack them, certify them and look at their geometry.",
    discussion: """
      Results go to standard output, progress and warnings to standard error.

      Exit codes: 0 done; 2 an audit raised a flag and --strict was given; 64 usage; 65 bad data; \
      66 missing input; 69 unavailable; 70 internal; 74 input or output; 78 configuration; \
      130 interrupted, with a checkpoint.
      """,
    version: Basin.version,
    groupedSubcommands: [
      CommandGroup(
        name: "Train",
        subcommands: [
          TrainCommand.self, MethodsCommand.self, SweepCommand.self, LaunchCommand.self,
        ]),
      CommandGroup(
        name: "Measure",
        subcommands: [
          EvaluateCommand.self, CertifyCommand.self, RegionsCommand.self, ReportCommand.self,
        ]),
      CommandGroup(
        name: "Use", subcommands: [PredictCommand.self, ExportCommand.self, StabilizeCommand.self]),
      CommandGroup(
        name: "Prove of a system of equations",
        subcommands: [RoaCommand.self, VerifyCommand.self]),
      CommandGroup(
        name: "Repeat the paper",
        subcommands: [TableCommand.self, FigureCommand.self, TheoryCommand.self]),
      CommandGroup(name: "Recover and prune sparsely", subcommands: [SparseCommand.self]),
      CommandGroup(
        name: "Look after data and the machine",
        subcommands: [DataCommand.self, DoctorCommand.self]),
    ])

  public init() {}
}
