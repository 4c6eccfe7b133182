import ArgumentParser
import Reports

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check what Basin needs on this machine.",
    discussion: "Exits with 69 if something that every user needs is missing.")

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let checkup = Checkup(data.locations)
    try output.show(checkup, as: checkup.text)
    if let problem = checkup.problems.first {
      let others = checkup.problems.count - 1
      throw EndedWith(
        exitStatus: .unavailable, message: problem + (others > 0 ? " (and \(others) more)" : ""))
    }
  }
}
