import Foundation

/// A command line that the documentation shows.
struct DocumentedCommand: Hashable, CustomStringConvertible {
  /// The file, and what it shows.
  let file: String
  /// Whether it stands in a block, to be copied; else it may be a mere mention.
  let isInBlock: Bool
  /// The words as a shell would give them to the program, the program first.
  let words: [String]

  var description: String { "\(file): \(words.joined(separator: " "))" }

  /// The arguments of a command of `basin`, whoever starts it; nil for another program.
  var basinArguments: [String]? {
    let launchers: Set = ["torchrun", "srun"]
    guard let program = words.first else { return nil }
    if program == "basin" || program == "$basin" { return Array(words.dropFirst()) }
    guard launchers.contains(program), let place = words.firstIndex(of: "basin") else { return nil }
    return Array(words[(place + 1)...])
  }

  /// The checkout.
  static let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
    url.deletingLastPathComponent()
  }

  /// Everything in fenced shell blocks, and commands of `basin` and of `Tools` in running text, of
  /// all Markdown files for users.
  static func all() throws -> [DocumentedCommand] {
    let folder = try FileManager.default.contentsOfDirectory(
      atPath: root.appendingPathComponent("Documentation").path)
    let files =
      ["README.md", "CONTRIBUTING.md"]
      + folder.filter { $0.hasSuffix(".md") }.sorted().map { "Documentation/\($0)" }
    return try files.flatMap { file in
      let text = try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
      let document = Markdown(text)
      return document.blockCommands.map {
        DocumentedCommand(file: file, isInBlock: true, words: $0)
      } + document.spans.map { DocumentedCommand(file: file, isInBlock: false, words: $0) }
    }
  }
}

/// A document, read for the commands in it.
struct Markdown {
  private var blocks: [String] = []
  private var text = ""

  init(_ document: String) {
    var language: Substring?
    var block = ""
    for line in document.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        // Blocks without a language may show a command or a layout of files.
        if let language, language == "sh" || (language.isEmpty && block.hasPrefix("basin ")) {
          blocks.append(block)
        }
        language = language == nil ? line.dropFirst(3) : nil
        block = ""
      } else if language != nil {
        block += line + "\n"
      } else {
        text += line + "\n"
      }
    }
  }

  /// The commands in blocks, split into words.
  var blockCommands: [[String]] { blocks.flatMap(ShellScript.commands) }

  /// Commands in running text, which may be broken over lines there.
  var spans: [[String]] {
    let spans = text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { !$0.offset.isMultiple(of: 2) }.map { $0.element.replacing("\n", with: " ") }
    return spans.filter { span in
      ["basin ", "$basin ", "Tools/"].contains { span.hasPrefix($0) }
    }.flatMap { ShellScript.commands(String($0)) }
  }
}

/// As much of a shell's grammar as documentation uses: words, quotes, comments, variables, lines that
/// go on, several commands on a line, output to elsewhere.
enum ShellScript {
  static func commands(_ script: String) -> [[String]] {
    var variables: [String: String] = [:]
    var commands: [[String]] = []
    for line in script.replacing("\\\n", with: " ").split(separator: "\n") {
      for var words in words(String(line), variables).split(separator: ";").map(Array.init) {
        while let assignment = words.first?.wholeMatch(of: /([A-Za-z_]+)=(.*)/) {
          variables[String(assignment.1)] = String(assignment.2)
          words.removeFirst()
        }
        words = Array(words.prefix { ![">", "|", "<"].contains($0) })
        if !words.isEmpty { commands.append(words) }
      }
    }
    return commands
  }

  private static func words(_ line: String, _ variables: [String: String]) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      switch character {
      case _ where character == quote: quote = nil
      case "'" where quote == nil, "\"" where quote == nil:
        (quote, word) = (character, word ?? "")
      case " " where quote == nil:
        if let done = word { words += expanded(done, variables) }
        word = nil
      case ";" where quote == nil:
        if let done = word { words += expanded(done, variables) }
        words.append(";")
        word = nil
      case "#" where quote == nil && word == nil:
        return words
      default: word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { expanded($0, variables) } ?? [])
  }

  /// A word, or the words of the variable that it names.
  private static func expanded(_ word: String, _ variables: [String: String]) -> [String] {
    guard word.hasPrefix("$"), let value = variables[String(word.dropFirst())],
      word != "$basin"
    else { return [word] }
    return value.split(separator: " ").map(String.init)
  }
}
