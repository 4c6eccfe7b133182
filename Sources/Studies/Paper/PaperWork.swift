import Datasets
import Failures
import Foundation
import Runs

/// What has to be done for tables and figures: runs to train and measurements of them.
package struct PaperWork {
  /// Something to be done for one run.
  enum Task {
    case train
    /// The rest of a training that was stopped, from a share of its epochs on.
    case resume(done: Double)
    case measure(any PaperMeasurement)
  }

  /// A run with what it lacks.
  struct Item {
    let row: PaperRow
    let seed: UInt64
    let folder: RunFolder
    let configuration: Configuration
    let tasks: [Task]
  }

  let runs: PaperRuns
  let rows: [PaperRow]
  let measurements: [any PaperMeasurement]
  let items: [Item]

  /// Finds out what is there and what is not.
  ///
  /// - Throws: `Failure` if a folder holds another run than the one wanted; what a malformed file
  ///   throws.
  init(_ runs: PaperRuns, rows: [PaperRow], measurements: [any PaperMeasurement]) throws {
    self.runs = runs
    self.rows = rows
    self.measurements = measurements
    // The runs that others need come first, and all rows of one seed before the next.
    let prerequisites = measurements.flatMap(\.prerequisites).filter { !rows.contains($0) }
    items = try runs.seeds.flatMap { seed in
      try prerequisites.map { try Self.item(runs, $0, seed: seed, measurements: []) }
        + rows.map { try Self.item(runs, $0, seed: seed, measurements: measurements) }
    }
  }

  private static func item(
    _ runs: PaperRuns, _ row: PaperRow, seed: UInt64, measurements: [any PaperMeasurement]
  ) throws -> Item {
    let folder = runs.folder(of: row, seed: seed)
    let configuration = try runs.configuration(of: row, seed: seed)
    var tasks: [Task] = []
    if folder.exists {
      try require(configuration, in: folder)
      let epochs = configuration.training.epochs
      let done = try Metrics(contentsOf: folder.metrics).epochs.compactMap(\.epoch).max() ?? 0
      if done < epochs { tasks.append(.resume(done: Double(done) / Double(epochs))) }
    } else {
      tasks.append(.train)
    }
    for measurement in measurements {
      guard folder.exists, try measurement.isDone(in: PaperFolder(of: folder)) else {
        tasks.append(.measure(measurement))
        continue
      }
    }
    return Item(
      row: row, seed: seed, folder: folder, configuration: configuration, tasks: tasks)
  }

  /// - Throws: `Failure` that names the settings in which the run in a folder differs.
  private static func require(_ configuration: Configuration, in folder: RunFolder) throws {
    let found = try Run.configuration(of: folder)
    guard try found.hash != configuration.hash else { return }
    let differences = try configuration.differences(from: found)
    let shown = differences.prefix(4).map { "\($0.key) is \($0.other), not \($0.value)" }
    throw Failure(
      .unsuitable, at: folder.path, expected: "the run that was asked for",
      found: "another: " + shown.joined(separator: "; ")
        + (differences.count > 4 ? " and \(differences.count - 4) more" : ""),
      remedy: "Give the same settings, or another folder with --out.")
  }

  /// What is known now, for tables.
  func records() throws -> [PaperRecord] {
    try items.filter { rows.contains($0.row) }.compactMap { item in
      guard FileManager.default.fileExists(atPath: item.folder.model.path) else { return nil }
      var record = PaperRecord(row: item.row, seed: item.seed, folder: item.folder)
      let folder = try PaperFolder(of: item.folder)
      for measurement in measurements { try record.add(measurement, in: folder) }
      return record
    }
  }
}

extension PaperMeasurement {
  fileprivate func isDone(in folder: PaperFolder) throws -> Bool { try found(in: folder) != nil }
}
