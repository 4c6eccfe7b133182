import Catalogs

/// A command line that the parser refuses, in one line with what was probably meant.
struct UsageMistake: CommandFailure {
  let message: String
  var exitStatus: ExitStatus { .usage }

  /// - Parameters:
  ///   - arguments: without the name of the tool.
  ///   - reason: the parser's own words.
  init(_ arguments: [String], reason: String) {
    let line = reason.split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }
      .joined(separator: " ")
    let reading = CommandOutline.tool.map { CommandLineReading(arguments, of: $0) }
    message =
      reading?.mistake
      ?? (reading.map { "\(line); `\($0.help)` says more" } ?? line)
  }
}

/// A command line as far as it can be understood.
struct CommandLineReading {
  /// `basin` and its commands that lead to the last one.
  private let path: [String]
  private let command: CommandOutline
  /// What follows the command.
  private let rest: [String]

  init(_ arguments: [String], of tool: CommandOutline) {
    var (path, command, rest) = ([tool.commandName], tool, arguments[...])
    while let name = rest.first,
      let next = command.subcommands?.first(where: { $0.commandName == name })
    {
      path.append(name)
      command = next
      rest = rest.dropFirst()
    }
    self.path = path
    self.command = command
    self.rest = Array(rest.prefix { $0 != "--" })
  }

  /// What is wrong, where that is the name of a command, of an option or of one of the few values
  /// that an option takes.
  var mistake: String? { unknownCommand ?? unknownOption ?? unknownValue }

  /// The command that a message is about, as its beginning.
  private var prefix: String {
    path.count > 1 ? path.dropFirst().joined(separator: " ") + ": " : ""
  }
  var help: String { (["basin", "help"] + path.dropFirst()).joined(separator: " ") }

  private var unknownCommand: String? {
    guard let word = rest.first, !word.hasPrefix("-"), !command.commandNames.isEmpty else {
      return nil
    }
    let names = command.commandNames.filter { $0 != "help" }
    let remedy =
      word.nearestName(of: names)
      .map { "Did you mean `\((path + [$0]).joined(separator: " "))`?" }
      ?? "There are \(names.joined(separator: ", ")); `\(help)` describes them."
    return "\(prefix)there is no command '\(word)'. \(remedy)"
  }

  /// The options as they are written, each with what may be its value.
  private var options: [(name: String, value: String?)] {
    rest.enumerated().filter { $0.element.hasPrefix("--") }.map { place, word in
      let parts = word.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let next = rest.dropFirst(place + 1).first.flatMap { $0.hasPrefix("--") ? nil : $0 }
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : next)
    }
  }

  private var unknownOption: String? {
    guard let (option, value) = options.first(where: { command.option($0.name) == nil }) else {
      return nil
    }
    let remedy =
      FamiliarOption(option, value: value).equivalent(in: command)
      .map { "Did you mean \($0)?" } ?? "`\(help)` lists all options."
    return "\(prefix)there is no option '--\(option)'. \(remedy)"
  }

  /// What was meant is said by `CommandFailure.advice`.
  private var unknownValue: String? {
    for (option, value) in options {
      guard let value, let values = command.option(option)?.allValues, !values.contains(value)
      else { continue }
      return "--\(option): expected one of \(values.joined(separator: ", ")), found '\(value)'"
    }
    return nil
  }
}
