import ArgumentParser
import Foundation

/// A command with its options and its own commands, as the parser knows them.
struct CommandOutline: Decodable {
  struct Name: Decodable {
    let kind: String
    let name: String
  }

  struct Argument: Decodable {
    let names: [Name]?
    /// The values that an option takes, where they are few.
    let allValues: [String]?

    /// The long name.
    var longName: String? { names?.first { $0.kind == "long" }?.name }
  }

  let commandName: String
  let discussion: String?
  let subcommands: [CommandOutline]?
  let arguments: [Argument]?

  /// The whole tool.
  static let tool: CommandOutline? = {
    struct Dump: Decodable { let command: CommandOutline }
    return try? JSONDecoder().decode(Dump.self, from: Data(BasinTool._dumpHelp().utf8)).command
  }()

  /// The names of its own commands.
  var commandNames: [String] { (subcommands ?? []).map(\.commandName) }

  /// The long names of its options.
  var optionNames: [String] { (arguments ?? []).compactMap(\.longName) }

  /// The option or flag of a long name.
  func option(_ name: String) -> Argument? {
    arguments?.first { $0.names?.contains { $0.kind == "long" && $0.name == name } ?? false }
  }
}

extension BasinTool {
  /// Whether words name a command, such as `data` and `fetch`.
  package static func hasCommand(_ words: [String]) -> Bool {
    guard var command = CommandOutline.tool else { return true }
    for word in words {
      guard let next = command.subcommands?.first(where: { $0.commandName == word }) else {
        return false
      }
      command = next
    }
    return true
  }

  /// What the help of each command says at length.
  package static var discussions: [String] {
    func discussions(_ command: CommandOutline) -> [String] {
      [command.discussion].compactMap { $0 } + (command.subcommands ?? []).flatMap(discussions)
    }
    return CommandOutline.tool.map(discussions) ?? []
  }
}
