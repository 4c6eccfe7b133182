import Foundation
import Testing

/// Tests that run the tool. One at a time, so that two processes at most are at work beside other tests:
/// one of these and one of `ToolStudyTests`.
@Suite(.serialized) enum ToolTests {}

/// Tests of the tool's long work: what is stopped and goes on, is shared by processes, or trains.
@Suite(.serialized) enum ToolStudyTests {}

/// The built tool, run as a process.
enum Tool {
  /// What a run of the tool came to.
  struct Outcome {
    /// The exit code; 128 + N of a process that signal N ended.
    let status: Int32
    let output: String
    let error: String
  }

  /// `$BASIN_TOOL`, or `basin` beside the test bundle.
  static let url: URL = {
    if let path = ProcessInfo.processInfo.environment["BASIN_TOOL"] {
      return URL(fileURLWithPath: path)
    }
    #if os(macOS)
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }!.bundleURL
    #else
      let bundle = URL(fileURLWithPath: CommandLine.arguments[0])
    #endif
    return bundle.deletingLastPathComponent().appendingPathComponent("basin")
  }()

  /// Runs the tool in a folder and waits for its end.
  static func run(
    _ arguments: [String], in folder: Workplace, environment: [String: String] = [:]
  ) throws -> Outcome {
    try start(arguments, in: folder, environment: environment).outcome()
  }

  /// The same with the words of a line; none of them has a space in it.
  static func run(
    _ line: String, in folder: Workplace, environment: [String: String] = [:]
  ) throws -> Outcome {
    try run(line.split(separator: " ").map(String.init), in: folder, environment: environment)
  }

  /// Starts the tool, or another program, in a folder.
  static func start(
    _ arguments: [String], of program: URL = Tool.url, in folder: Workplace,
    environment: [String: String] = [:]
  ) throws -> RunningTool {
    try RunningTool(arguments, of: program, in: folder, environment: environment)
  }
}

/// Expects one line of an error, with this in it, and nothing else.
func refused(
  _ found: Tool.Outcome, _ status: Int32, _ part: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.status == status && found.output.isEmpty, sourceLocation: sourceLocation)
  #expect(found.error.contains(part), "\(found.error)", sourceLocation: sourceLocation)
  #expect(found.error.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
}

/// The tool while it runs. Its streams go to files, which never fill up.
final class RunningTool {
  let process = Process()
  private let files: [URL]

  init(
    _ arguments: [String], of program: URL, in folder: Workplace, environment: [String: String]
  ) throws {
    let name = UUID().uuidString
    files = ["out", "err"].map { folder.url.appendingPathComponent(".\(name).\($0)") }
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let handles = try files.map { file in
      try Data().write(to: file)
      return try FileHandle(forWritingTo: file)
    }
    process.standardOutput = handles[0]
    process.standardError = handles[1]
    try process.run()
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// What it has written to standard error by now.
  var errorSoFar: String { (try? String(contentsOf: files[1], encoding: .utf8)) ?? "" }

  func outcome() throws -> Tool.Outcome {
    process.waitUntilExit()
    let status = process.terminationStatus
    let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    return Tool.Outcome(
      status: process.terminationReason == .uncaughtSignal ? 128 + status : status,
      output: texts[0], error: texts[1])
  }
}

/// A folder of its own for a test, deleted with this value.
final class Workplace: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "basin-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name).path) }
  func data(_ name: String) throws -> Data { try Data(contentsOf: file(name)) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: file(name))
  }

  /// The names of all files, without those of the tool's streams.
  var contents: [String] {
    let names = FileManager.default.enumerator(atPath: url.path)?.allObjects as? [String] ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }
}
