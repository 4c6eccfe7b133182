import Datasets
import Evaluations
import Failures
import Files
import Foundation
import Methods
import NeuralNetworks
import Reports
import Robustness
import Runs
import SparseRecovery
import Tensors

/// Prunes a trained run into a new one: trains on with a penalty, fixes what has become 0, fine-tunes
/// the rest, and leaves the units out that say nothing any more.
///
/// Until it is done, the new run's folder is called `NAME.partial`. A pruning that was stopped goes on
/// there when the same is asked for again.
package struct PruningTraining {
  private let source: Run
  private let sourceDigest: String
  private let request: PruningRequest
  private let configuration: Configuration
  private let dataset: Dataset
  private let folder: RunFolder
  private let draft: RunFolder
  private let trainer: Trainer

  /// Checks and loads everything.
  ///
  /// - Throws: `Failure` if the folder is used, or the partial one belongs to another pruning;
  ///   `ConfigurationError` for settings that cannot be; what loading the data throws.
  package init(
    of source: Run, into folder: RunFolder, _ request: PruningRequest,
    locations: DataLocations = DataLocations(), terminal: Terminal = .standardError
  ) throws {
    try folder.requireUnused()
    self.source = source
    self.request = request
    self.folder = folder
    draft = Self.draft(of: folder)
    configuration = try request.configuration(from: source.configuration)
    dataset = try configuration.data.load(locations)
    sourceDigest = try Self.digest(of: source)
    let model = try configuration.freshModel(for: source.input, on: source.device)
    try model.load(source.model.state.tensors, from: source.path)
    try Self.prepare(
      draft, for: configuration, dataset: dataset, device: source.device, digest: sourceDigest)
    trainer = try Trainer(
      model, configuration: configuration, dataset: dataset, folder: draft, device: source.device,
      terminal: terminal)
  }

  /// What the same pruning of a run found when it came to its end; nil if it has not.
  package static func finding(
    of source: Run, in folder: RunFolder, _ request: PruningRequest
  ) throws -> Pruning? {
    let start = try Self.start(
      digest: digest(of: source), configuration: request.configuration(from: source.configuration))
    guard folder.started(with: start), let found = try Pruning.read(from: folder.sparsity) else {
      return nil
    }
    // Killed after its last step, it has not cleared up.
    let draft = draft(of: folder)
    if draft.started(with: start) { AtomicFolder.discard(draft.url, of: folder.url) }
    AtomicFolder.removeRemains(of: folder.url)
    return found
  }

  private static func draft(of folder: RunFolder) -> RunFolder {
    RunFolder("\(folder.path).partial")
  }

  private static func digest(of source: Run) throws -> String {
    SHA256.digest(
      of: try Data(contentsOf: source.folder?.model ?? URL(fileURLWithPath: source.path)))
  }

  private static func start(digest: String, configuration: Configuration) throws -> String {
    "\(digest)\n\(try configuration.hash)\n"
  }

  /// Makes the partial folder, unless it is there and belongs to the same pruning.
  private static func prepare(
    _ draft: RunFolder, for configuration: Configuration, dataset: Dataset, device: Device,
    digest: String
  ) throws {
    let start = try Self.start(digest: digest, configuration: configuration)
    if draft.exists {
      guard draft.started(with: start) else {
        throw Failure(
          .alreadyExists, at: draft.path,
          expected: "nothing, or what a pruning of the same run with the same settings has left",
          found: "something else", remedy: "Delete it, or choose another folder with --out.")
      }
      return
    }
    try draft.create(
      configuration: configuration.yaml,
      provenance: Provenance(
        configuration: configuration, dataset: dataset,
        session: .init(stepsBefore: 0, device: device))
    ) { try Data(start.utf8).write(to: $0.pruningStart) }
  }

  /// Trains, leaves units out, measures, and gives the new run its name.
  ///
  /// - Parameter isInterrupted: asked after every step.
  /// - Throws: `PruningInterrupted`, `TrainingFailure`, or an error of writing.
  package func run(isInterrupted: () -> Bool = { false }) throws -> Pruning {
    let summary: TrainingSummary
    do {
      summary = try trainer.train(isInterrupted: isInterrupted)
    } catch let interruption as TrainingInterrupted {
      throw PruningInterrupted(run: folder.path, step: interruption.step)
    }
    let pruned = trainer.model
    let removal = UnitRemoval(of: pruned.state, hiddenUnits: pruned.hiddenUnits)
    let smaller = try configuration.applying(removal.overrides)
    let model = try smaller.freshModel(for: source.input, on: source.device)
    try model.load(removal.tensors, from: draft.path)

    let images = source.tensor(of: dataset.test, at: Array(0..<min(1000, dataset.test.count)))
    let models = [pruned, source.model, model].map { $0.trained() }
    let outputs = try withoutGradients { try [models[0], models[2]].map { try $0.logits(images) } }
    let seconds = try Self.seconds(of: Array(models.dropFirst()), on: images)
    func figures(_ run: Run, seconds: Double) throws -> Pruning.Figures {
      try self.figures(of: run, seconds: seconds, timedSamples: images.shape[0])
    }
    let finding = Pruning(
      run: folder.path, source: source.path, sourceDigest: sourceDigest,
      method: smaller.method, data: smaller.data.name, seed: smaller.seed,
      epochs: smaller.training.epochs, sparsity: smaller.training.sparsity,
      before: try figures(source, seconds: seconds[0]),
      after: try figures(
        Run(
          model, path: folder.path, configuration: smaller, classNames: source.classNames,
          input: source.input, device: source.device), seconds: seconds[1]),
      layers: Self.layers(of: pruned),
      units: removal.counts.map {
        .init(
          source: $0.units.source, reader: $0.units.reader, before: $0.before, after: $0.after)
      },
      outputDifference: (outputs[0] - outputs[1]).magnitude.max().item,
      comparedSamples: images.shape[0], trainingSeconds: summary.seconds)
    try finish(model, configuration: smaller, finding)
    return finding
  }

  /// The weights that a penalty can be about, whatever the grouping was.
  private static func layers(of model: any TrainableClassifier) -> [LayerSparsity] {
    PenalizedWeight.all(of: model.state, constrained: model.constrainedParts)
      .map(LayerSparsity.init)
  }

  /// The least seconds of five passes of each model, one after the other.
  private static func seconds(
    of models: [any TrainedClassifier], on images: Tensor
  ) throws -> [Double] {
    var least = models.map { _ in Double.infinity }
    for _ in 0..<5 {
      for (index, model) in models.enumerated() {
        let start = ProcessInfo.processInfo.systemUptime
        // Reading a number waits for the device.
        _ = try withoutGradients { try model.logits(images).sum().item }
        least[index] = min(least[index], ProcessInfo.processInfo.systemUptime - start)
      }
    }
    return least
  }

  private func figures(
    of run: Run, seconds: Double, timedSamples: Int
  ) throws -> Pruning.Figures {
    let trained = run.model.trained()
    func accuracy(_ samples: LabelledSamples) throws -> Double {
      try TensorSamples(samples, dtype: configuration.precision.dtype, device: run.device)
        .accuracy(of: trained)
    }
    let layers = Self.layers(of: run.model)
    return Pruning.Figures(
      trainAccuracy: try accuracy(configuration.data.trainingPart(of: dataset)),
      validationAccuracy: try dataset.validation.map(accuracy),
      testAccuracy: try accuracy(dataset.test), parameterCount: run.model.parameterCount,
      weightCount: layers.reduce(0) { $0 + $1.count },
      nonZeroCount: layers.reduce(0) { $0 + $1.nonZeros }, seconds: seconds,
      timedSamples: timedSamples,
      robustness: try AttackedAccuracy.measured(run, on: dataset.test, request.evaluation))
  }

  /// Makes the new run's folder, with a checkpoint of a training that is over; then the partial one goes.
  private func finish(
    _ model: any TrainableClassifier, configuration: Configuration, _ finding: Pruning
  ) throws {
    do {
      try folder.requireUnused()
      try AtomicFolder.make(folder.url) { url in
        // The log, TensorBoard's events and what says how it started are those of the training.
        for name in try FileManager.default.contentsOfDirectory(atPath: draft.url.path) {
          try FileManager.default.copyItem(
            at: draft.url.appendingPathComponent(name), to: url.appendingPathComponent(name))
        }
        try write(model, configuration: configuration, finding, in: RunFolder(url.path))
      }
    } catch  where error is CocoaError || error is POSIXError {
      throw Failure(
        .fileSystem, at: folder.path, expected: "a folder that can be made",
        found: error.systemReason, remedy: "Make room or give permission, then try again.")
    }
    AtomicFolder.discard(draft.url, of: folder.url)
  }

  private func write(
    _ model: any TrainableClassifier, configuration: Configuration, _ finding: Pruning,
    in folder: RunFolder
  ) throws {
    let metadata = ModelMetadata(
      configuration: configuration, classNames: source.classNames, input: source.input,
      features: source.storedFeatures)
    try AtomicFile.write(try configuration.yaml.utf8, to: folder.configuration.relativePath)
    try SafeTensors(model.state.tensors, metadata: metadata.entries)
      .write(to: folder.model.relativePath)
    let schedule = try TrainingSchedule(configuration.training, phases: model.phases)
    let (_, optimizer) = schedule.start(epoch: trainer.position.epoch, of: model.state)
    try Checkpoint(
      position: trainer.position, configurationHash: try configuration.hash, model: model.state,
      optimizer: optimizer.state
    ).write(to: folder.checkpoint)
    var provenance = try Provenance(contentsOf: folder.provenance)
    provenance.configurationHash = try configuration.hash
    try provenance.write(to: folder.provenance)
    try finding.write(to: folder.sparsity)
  }
}

extension RunFolder {
  /// Whether this is the folder of the pruning that a text stands for.
  fileprivate func started(with text: String) -> Bool {
    let text = Array(text.utf8)
    return (try? RegularFile.content(of: pruningStart.path, limit: text.count)) == text
  }
}

/// A pruning that was asked to end and has written a checkpoint; the command exits with 130.
package struct PruningInterrupted: Error, Hashable, Sendable, CustomStringConvertible {
  /// The folder of the new run, which has its name only at the end.
  package let run: String
  /// Steps done.
  package let step: Int

  package var description: String {
    "\(run): interrupted after step \(step), a checkpoint is written. "
      + "Give the same command again to go on."
  }
}
