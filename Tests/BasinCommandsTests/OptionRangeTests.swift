import ArgumentParser
import BasinCommands
import Foundation
import StableDynamics
import Testing

@Suite("Every number on the command line has a range")
struct OptionRangeTests {
  /// An option that takes a number, and a command line of its command that lacks but it.
  struct NumericOption: Sendable, CustomTestStringConvertible {
    let command: [String]
    let name: String
    /// Whether only whole numbers are.
    let isInteger: Bool
    var testDescription: String { (command + [name]).joined(separator: " ") }
  }

  /// What the tool says of itself in JSON.
  private struct Command: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable { let kind: String, name: String }
      let kind: String
      let names: [Name]?
      let valueName: String?
    }
    let commandName: String
    let arguments: [Argument]?
    let subcommands: [Command]?
  }

  private struct ToolInfo: Decodable { let command: Command }

  /// What a command cannot do without.
  private static let required = [
    "evaluate": ["run"], "predict": ["run", "--input", "x", "--output", "y"],
    "regions": ["run", "--verify"],
    "certify": ["run"], "states": ["run"], "launch": ["--processes", "2"], "table": ["1"],
    "figure": ["3"],
    "recover": ["--input", "x", "--output", "y"], "path": ["--input", "x"],
    "diagnose": ["x", "--sparsity", "1"], "prune": ["run", "--out", "x"],
    "stabilize": ["run", "--bound", "1", "--out", "x"],
    "roa": ["x"], "derivatives": ["x"], "verify": ["--check", "x", "--search"],
    "export": ["run", "--to", "safetensors", "--out", "x"],
    "sweep": ["--vary", "seed=0,1", "--out", "x"],
  ]

  static let options = Result {
    func options(_ command: Command, at path: [String]) -> [NumericOption] {
      let base = path + (required[command.commandName] ?? [])
      let own = (command.arguments ?? []).filter { argument in
        argument.valueName.map(numbers.contains) ?? false
      }.compactMap { argument in
        argument.names?.first { $0.kind == "long" }.map {
          NumericOption(
            command: base, name: "--\($0.name)",
            isInteger: argument.valueName.map(integers.contains) ?? false)
        }
      }
      return own
        + (command.subcommands ?? []).flatMap { options($0, at: path + [$0.commandName]) }
    }
    let data = Data(BasinTool._dumpHelp().utf8)
    return try options(JSONDecoder().decode(ToolInfo.self, from: data).command, at: [])
  }

  /// What the tool calls the values of such options.
  private static let integers = ["n", "m", "k"]
  private static let numbers = integers + ["x", "p", "f", "decades", "seconds"]

  /// Whether the parser takes a value; what it does not take exits with 64.
  private func accepts(_ value: String, _ option: NumericOption) -> Bool {
    // An option that is required is given twice; the last one counts.
    let end = option.command.first == "launch" ? ["--", "train"] : []
    do {
      _ = try BasinTool.parseAsRoot(option.command + ["\(option.name)=\(value)"] + end)
      return true
    } catch {
      #expect(BasinTool.exitCode(for: error).rawValue == 64)
      return false
    }
  }

  @Test("Extreme values are refused when the command line is read, but where they mean something")
  func extremes() throws {
    let options = try Self.options.get()
    #expect(options.count > 50)
    for option in options {
      let isSeed = option.name == "--seed"
      // They become settings, whose ranges are those of the configuration; see `MethodRangeTests`.
      let isSetting =
        ["train", "sweep"].contains(option.command[0])
        && !["--threads", "--trials", "--processes"].contains(option.name)
      // Weights in the units of the data, and levels in those of a function.
      let isFree =
        option.command.dropFirst().first == "recover"
        || option.command.first == "verify" && option.name == "--level"
      #expect(option.isInteger || !accepts("nan", option), "\(option) nan")
      if isSetting { continue }
      // Levels of a function may be below 0, and so may a logarithmic norm.
      #expect(
        ["--level", "--bound"].contains(option.name) || !accepts("-1", option), "\(option) -1")
      if isSeed { continue }
      #expect(isFree || !accepts("1000000001", option), "\(option) 1000000001")
    }
  }

  @Test("Values that are in use are taken")
  func usual() throws {
    for option in try Self.options.get() {
      #expect(["1", "0.25", "40", "9"].contains { accepts($0, option) }, "\(option)")
    }
  }
}
