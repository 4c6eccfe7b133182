import BasinCommands
import Foundation
import NeuralNetworks
import Tensors
import Testing

@Suite("Every command of the documentation")
struct DocumentationTests {
  /// What stands for something of the user's.
  private static let placeholders = [
    "RUN": "runs/first", "FILE": "runs/first/adversarial.safetensors", "DATA": "digits",
    "COMMAND": "train", "N": "2", "...": nil, "folder:~/photos": "digits",
    "arrays:train.npz,test.npz,layout=nhwc": "digits", "arrays:test.npz": "digits",
    "arrays:train.csv,test.csv,labels=species": "digits",
    "my.yaml": DocumentedCommand.root.appendingPathComponent("Configurations/digits/zubov-net.yaml")
      .path,
  ]

  /// The arguments with something in the place of each placeholder.
  static func filled(_ arguments: [String]) -> [String] {
    arguments.compactMap { word in
      if word == "NAME" { return arguments.first == "methods" ? "zubov-net" : "mnist" }
      return placeholders[word] ?? word
    }
  }

  @Test("of basin is one that it understands: options, names, lists and settings")
  func understood() throws {
    let commands = try DocumentedCommand.all().compactMap { command in
      command.basinArguments.map { (command, Self.filled($0)) }
    }
    #expect(commands.count > 60)
    for (command, arguments) in commands where !BasinTool.hasCommand(arguments) {
      #expect(throws: Never.self, "\(command)") {
        do {
          _ = try BasinTool.command(arguments)
        } catch {
          if let failure = BasinTool.failure(of: error, for: arguments) {
            throw Misunderstood(description: failure.message)
          }
        }
      }
    }
  }

  @Test("in an example of the tool's own help is understood too")
  func help() throws {
    let examples = BasinTool.discussions.compactMap { $0.split(separator: "Example: ").last }
      .filter { $0.hasPrefix("basin ") }
    #expect(examples.count >= 15)
    for words in examples.flatMap({ ShellScript.commands(String($0)) }) {
      let arguments = Self.filled(Array(words.dropFirst()))
      do {
        _ = try BasinTool.command(arguments)
      } catch {
        let failure = BasinTool.failure(of: error, for: arguments)
        #expect(failure == nil, "\(arguments.joined(separator: " ")): \(failure!.message)")
      }
    }
  }

  @Test("of another program is there: tools, targets of make, sources")
  func others() throws {
    let makefile = try String(
      contentsOf: DocumentedCommand.root.appendingPathComponent("Makefile"), encoding: .utf8)
    for command in try DocumentedCommand.all() where command.basinArguments == nil {
      let program = command.words[0]
      switch program {
      case "make":
        let target = command.words.dropFirst().first ?? "demo"
        #expect(makefile.contains("\n\(target):"), "\(command)")
      case _ where program.contains("Tools/"):
        // Of this checkout, or of one that another package names.
        let path = "Tools/" + program.split(separator: "Tools/").last!
        #expect(
          FileManager.default.isExecutableFile(
            atPath: DocumentedCommand.root.appendingPathComponent(path).path), "\(command)")
      case "source", "swift": continue
      default: Issue.record("\(command): no test knows this program")
      }
    }
  }

  @Test("that a tool gives is understood", arguments: ["demo", "family digits", "family toy-2d"])
  func tools(call: String) throws {
    let folder = try Workplace()
    // In the place of basin: writes down what it is asked, and makes the folder of a run.
    try folder.write(
      """
      #!/usr/bin/env bash
      printf '%s\\t' "$@" >>"$RECORD"; echo >>"$RECORD"
      while [ $# -gt 0 ]; do [ "$1" != --out ] || [ "${2##*.}" = html ] || mkdir -p "$2"; shift; done
      """, to: "basin")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: folder.file("basin").path)
    let words = call.split(separator: " ").map(String.init)
    let process = Process()
    process.executableURL = DocumentedCommand.root.appendingPathComponent("Tools/\(words[0])")
    process.arguments = Array(words.dropFirst())
    process.environment = ProcessInfo.processInfo.environment.merging([
      "BASIN_TOOL": folder.file("basin").path, "RECORD": folder.file("record").path,
      "OUT": folder.file("runs").path, "SEEDS": "0",
    ]) { $1 }
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let lines = try String(contentsOf: folder.file("record"), encoding: .utf8)
      .split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("train\t") } >= 3)
    for line in lines {
      let arguments = line.split(separator: "\t").map(String.init)
      do {
        _ = try BasinTool.command(arguments)
      } catch {
        let failure = BasinTool.failure(of: error, for: arguments)
        #expect(failure == nil, "\(arguments.joined(separator: " ")): \(failure!.message)")
      }
    }
  }

  @Test("is read as a shell reads it")
  func shell() {
    let script = """
      options="--data x --limit 3"
      A=1 basin a $options \\
        'b c' d=e#f  # a comment
      $basin g; basin h > file
      """
    #expect(
      ShellScript.commands(script) == [
        ["basin", "a", "--data", "x", "--limit", "3", "b c", "d=e#f"], ["$basin", "g"],
        ["basin", "h"],
      ])
    let document = Markdown(
      "`basin\nx` and `other`\n```sh\nbasin y\n```\n```swift\nbasin z\n```\n")
    #expect(document.blockCommands == [["basin", "y"]])
    #expect(document.spans == [["basin", "x"]])
  }
}

private struct Misunderstood: Error, CustomStringConvertible { let description: String }
