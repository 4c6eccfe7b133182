import ArgumentParser
import Experiments

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
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, RegionsCommand.self,
      CertifyCommand.self, RoaCommand.self, VerifyCommand.self, ExportCommand.self,
      SweepCommand.self,
      LaunchCommand.self,
      SparseCommand.self,
      ReportCommand.self,
      TableCommand.self, FigureCommand.self, TheoryCommand.self, MethodsCommand.self,
      DataCommand.self, DoctorCommand.self,
    ])

  public init() {}
}
