import Failures
import Files
import Foundation
import NeuralNetworks
import Reports
import Runs

/// The folder of a sweep: its description, and of each trial its settings, run, log and outcome.
package struct SweepFolder: Sendable {
  /// What a sweep is, as it is kept: the same command goes on with it, another is refused.
  struct Description: Finding, Equatable {
    private(set) var schemaVersion = Description.currentSchemaVersion
    let variations: [String]
    let draws: Int?
    let seed: UInt64
    /// Of the first trial, which has the settings that all share.
    let configurationHash: String

    init(_ sweep: Sweep) throws {
      variations = sweep.variations.map(\.origin)
      draws = sweep.draws
      seed = sweep.seed
      configurationHash = try sweep.trials[0].configuration.hash
    }

    /// In what it differs from the one that is asked for, in words.
    func difference(from asked: Description) -> String {
      if variations != asked.variations {
        return
          "varies \(variations.map { $0.replacing("--vary ", with: "") }.joined(separator: " "))"
      }
      if draws != asked.draws {
        return draws.map { "has --trials \($0)" } ?? "has every combination, not --trials"
      }
      if seed != asked.seed { return "has --seed \(seed)" }
      return "has other settings beside those that are varied"
    }
  }

  package let path: String

  package init(_ path: String) { self.path = path }

  private func url(_ name: String) -> URL {
    URL(fileURLWithPath: path, isDirectory: true).appendingPathComponent(name)
  }

  private func name(of trial: Sweep.Trial) -> String { String(format: "trial-%03d", trial.number) }

  package func run(of trial: Sweep.Trial) -> RunFolder { RunFolder("\(path)/\(name(of: trial))") }
  package func configuration(of trial: Sweep.Trial) -> URL { url("\(name(of: trial)).yaml") }
  /// What the training says while it runs.
  package func log(of trial: Sweep.Trial) -> URL { url("\(name(of: trial)).log") }
  private func outcome(of trial: Sweep.Trial) -> URL { url("\(name(of: trial)).json") }
  package var page: URL { url("sweep.html") }

  /// Makes the folder, or finds that of the same sweep.
  ///
  /// - Throws: `Failure` of kind `alreadyExists` if something else is there, else `fileSystem`.
  package func prepare(for sweep: Sweep) throws {
    let description = try Description(sweep)
    let file = url("sweep.json")
    if let found = try Description.read(from: file) {
      guard found == description else {
        throw Failure(
          .alreadyExists, at: path, expected: "a new folder, or that of the same sweep",
          found: "another sweep, which \(found.difference(from: description))",
          remedy: "Choose another with --out.")
      }
    } else {
      try RunFolder(path).requireUnused()
      do {
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: true)
      } catch {
        throw Failure(
          .fileSystem, at: path, expected: "a folder that can be made", found: error.systemReason,
          remedy: "Choose a writable place with --out.")
      }
      try description.write(to: file)
    }
    for trial in sweep.trials where !RunFolder(configuration(of: trial).path).exists {
      try AtomicFile.write(
        try trial.configuration.yaml.utf8, to: configuration(of: trial).relativePath)
    }
  }

  /// What came of a trial; nil if it has not come to its end.
  package func outcome(of trial: Sweep.Trial) throws(Failure) -> SweepResult.Outcome? {
    try .read(from: outcome(of: trial))
  }

  /// Keeps what came of a trial.
  package func keep(_ outcome: SweepResult.Outcome, of trial: Sweep.Trial) throws {
    try outcome.write(to: self.outcome(of: trial))
  }

  /// What its log says a trial failed of: the tool's last line; nil if there is none.
  package func complaint(of trial: Sweep.Trial) -> String? {
    let text = try? RegularFile.content(of: log(of: trial).path, limit: 1 << 26)
    let lines = String(decoding: text ?? [], as: UTF8.self).split { $0 == "\n" || $0 == "\r" }
    return lines.last { $0.hasPrefix("basin: ") }.map { String($0.dropFirst(7)) }
  }
}
