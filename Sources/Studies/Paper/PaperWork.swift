import Datasets
import Evaluations
import Failures
import Foundation
import NeuralNetworks
import Runs
import Tensors
import Training

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

extension PaperWork {
  /// What there is to do and how long it is likely to take.
  package struct Plan: Finding, Sendable {
    package struct Entry: Codable, Sendable {
      package let run: String
      /// `train`, `resume` or `measure NAME`.
      package let task: String
      /// Nil for a measurement of a kind that no run has had.
      package let seconds: Double?
    }

    package private(set) var schemaVersion = 1
    /// Runs that lack nothing.
    package let done: Int
    package let entries: [Entry]

    /// The seconds of what can be estimated.
    package var seconds: Double { entries.compactMap(\.seconds).reduce(0, +) }
  }

  /// Plans the work. Training is estimated from runs of the same row, or else from two steps of it
  /// that are taken and thrown away; a measurement from one of the same kind on another run.
  package func plan() throws -> Plan {
    var dataset: Dataset?
    var epochSeconds: [String: Double] = [:]
    var measured: [String: [Double]] = [:]
    for item in items where item.folder.exists {
      epochSeconds[item.row.name] = try Metrics(contentsOf: item.folder.metrics)
        .stepSecondsPerEpoch
      for measurement in measurements {
        let found = try measurement.found(in: PaperFolder(of: item.folder)) as? Evaluation
        if let found { measured[measurement.name, default: []].append(found.seconds) }
      }
    }
    func epoch(_ item: Item) throws -> Double {
      if let known = epochSeconds[item.row.name] { return known }
      let data = try dataset ?? item.configuration.data.load(runs.locations)
      dataset = data
      let seconds = try Self.secondsPerEpoch(of: item.configuration, on: data)
      epochSeconds[item.row.name] = seconds
      return seconds
    }
    let entries = try items.flatMap { item in
      let epochs = Double(item.configuration.training.epochs)
      return try item.tasks.map { task in
        switch task {
        case .train:
          Plan.Entry(run: item.folder.path, task: "train", seconds: try epoch(item) * epochs)
        case .resume(let done):
          Plan.Entry(
            run: item.folder.path, task: "resume",
            seconds: try epoch(item) * epochs * (1 - done))
        case .measure(let measurement):
          Plan.Entry(
            run: item.folder.path, task: "measure \(measurement.name)",
            seconds: measured[measurement.name].map { $0.reduce(0, +) / Double($0.count) })
        }
      }
    }
    return Plan(done: items.count { $0.tasks.isEmpty }, entries: entries)
  }

  /// The steps of an epoch.
  private static func secondsPerEpoch(
    of configuration: Configuration, on dataset: Dataset
  ) throws -> Double {
    let device = try Device(named: configuration.device)
    let samples = configuration.data.trainingPart(of: dataset)
    let step = try TrialStep(
      configuration, model: configuration.freshModel(for: dataset.card.modelInput, on: device),
      on: samples, device: device)
    return try step.medianSeconds().wall
      * (Double(samples.count) / Double(step.batchSize)).rounded(.up)
  }
}
