import Datasets
import Evaluations
import Foundation
import NeuralNetworks
import Runs
import Tensors
import Training

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
