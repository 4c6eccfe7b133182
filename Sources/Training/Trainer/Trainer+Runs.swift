import Datasets
import Distributed
import Failures
import Foundation
import Methods
import Reports
import Runs
import Tensors

extension Trainer {
  /// A trainer of a new run. Nothing is written before everything has been checked and loaded.
  ///
  /// - Parameters:
  ///   - folder: by default the first unused `runs/METHOD-DATA-seedN`.
  ///   - group: the processes that share the training; the first one makes the folder.
  /// - Throws: an error that says what of the user's wishes cannot be met.
  package static func starting(
    _ configuration: Configuration, in folder: RunFolder? = nil,
    locations: DataLocations = DataLocations(), group: ProcessGroup? = nil,
    terminal: Terminal = .standardError
  ) throws -> Trainer {
    var folder = folder ?? .unused(for: configuration)
    let isFirst = group?.isFirst ?? true
    if isFirst { try folder.requireUnused() }
    let device = try Device(named: configuration.device, for: group)
    let dataset = try configuration.data.load(locations)
    guard dataset.train.count > 0 else {
      throw Failure(
        .missing, at: configuration.data.name, expected: "samples to learn from",
        found: "those of a test part alone", remedy: "Name two parts: arrays:TRAIN,TEST.")
    }
    let model = try configuration.freshModel(for: dataset.card.modelInput, on: device)
    _ = try configuration.learner(model)
    _ = try TrainingSchedule(configuration.training, phases: model.phases)
    try configuration.requireMemory(toTrain: model, on: dataset, device: device)
    if isFirst {
      try folder.create(
        configuration: configuration.yaml,
        provenance: Provenance(
          configuration: configuration, dataset: dataset,
          session: .init(stepsBefore: 0, device: device, processes: group?.size)))
    }
    // Without a name of the user's, the others have chosen one at another moment.
    if let group { folder = RunFolder(try group.gather(folder.path)[0]) }
    return try Trainer(
      model, configuration: configuration, dataset: dataset, folder: folder, device: device,
      group: group, terminal: terminal)
  }

  /// A trainer that continues a run from its last checkpoint, or from the beginning if it was
  /// killed before the first.
  ///
  /// - Parameters:
  ///   - overrides: what the user asks for beside; only where and how to train may change.
  ///   - group: the processes that share the training, as many as before or not. All of them read
  ///     the folder.
  /// - Throws: `ConfigurationError.changed` if something else was asked for; `Failure` if the data
  ///   are not those that the run began with, or a piece is missing or damaged.
  package static func resuming(
    _ folder: RunFolder, overrides: [ConfigurationOverride] = [],
    locations: DataLocations = DataLocations(), group: ProcessGroup? = nil,
    terminal: Terminal = .standardError
  ) throws -> Trainer {
    let configuration = try Run.configuration(of: folder).resumed(overrides, run: folder.path)
    let device = try Device(named: configuration.device, for: group)
    let dataset = try configuration.data.load(locations)
    var provenance = try Provenance(contentsOf: folder.provenance)
    try provenance.require(dataset, of: configuration, at: folder.provenance)
    let model = try configuration.freshModel(for: dataset.card.modelInput, on: device)
    try configuration.requireMemory(toTrain: model, on: dataset, device: device)
    let trainer = try Trainer(
      model, configuration: configuration, dataset: dataset, folder: folder, device: device,
      group: group, terminal: terminal)
    provenance.sessions.append(
      .init(stepsBefore: trainer.position.step, device: device, processes: group?.size))
    if group?.isFirst ?? true { try provenance.write(to: folder.provenance) }
    return trainer
  }
}
