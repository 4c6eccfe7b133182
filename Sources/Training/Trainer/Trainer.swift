import Datasets
import Distributed
import Foundation
import Methods
import NeuralNetworks
import Reports
import Runs
import Tensors

/// Trains a model, whichever its method, and keeps its run folder.
///
/// Every random draw is a function of seed, epoch and step, so that training is a function of the
/// configuration and the position: a run that was killed and resumed ends with the bits of one
/// that was not, on the same device with the same number of threads.
///
/// Several processes can share a training (`ProcessGroup`): each holds the whole model and computes
/// the gradients of its part of every batch; the sums, and so the models, are those of one process up
/// to rounding. The first process keeps the run folder.
package final class Trainer {
  package let configuration: Configuration
  package let folder: RunFolder
  package let model: any TrainableClassifier
  package private(set) var position = TrainingPosition()

  private let parts: (train: TensorSamples, validation: TensorSamples?, test: TensorSamples)
  private let augmentations: [any Augmentation]
  private let metadata: ModelMetadata
  private let schedule: TrainingSchedule
  /// Batches of an epoch.
  private let batchCount: Int
  private var optimizer: any Optimizer
  /// The parameters that learn in the present phase.
  private var learning: ModuleState
  private var sparsity: SparseTraining?
  /// Nil where no curvature is asked for.
  private let curvature: CurvatureProbe?
  /// With whom this training is shared, if at all.
  private let sharing: SharedTraining?
  /// Of the first process alone, as is the log.
  private let lock: RunLock?
  private let log: TrainingLog?
  private let configurationHash: String
  private var checkpointStep: Int?
  private var lastCheckpoint = Date()
  private let start = Date()

  /// A trainer in a folder that is there, at its last checkpoint or else at the beginning.
  ///
  /// - Parameters:
  ///   - model: freshly initialised, on `device`.
  ///   - folder: made by `RunFolder.create`.
  ///   - group: the processes that share the training, each with a trainer of its own.
  /// - Throws: `Failure` or `ModuleStateError` if the folder's checkpoint is
  ///   damaged or of another configuration, or another process trains there; `DistributedError` if
  ///   the processes do not hold the same.
  package init(
    _ model: any TrainableClassifier, configuration: Configuration, dataset: Dataset,
    folder: RunFolder, device: Device, group: ProcessGroup? = nil,
    terminal: Terminal = .standardError
  ) throws {
    self.configuration = configuration
    self.folder = folder
    self.model = try configuration.learner(model)
    sharing = group.map(SharedTraining.init)
    lock = group?.isFirst ?? true ? try RunLock(folder) : nil
    metadata = ModelMetadata(
      configuration: configuration, classNames: dataset.card.classNames,
      input: dataset.card.modelInput, features: dataset.card.features)
    func tensors(_ samples: LabelledSamples) -> TensorSamples {
      TensorSamples(samples, dtype: configuration.precision.dtype, device: device)
    }
    parts = (
      tensors(configuration.data.trainingPart(of: dataset)), dataset.validation.map(tensors),
      tensors(dataset.test)
    )
    augmentations = try configuration.data.augmentations
    schedule = try TrainingSchedule(configuration.training, phases: model.phases)
    configurationHash = try configuration.hash
    let training = configuration.training
    batchCount = (parts.train.count + training.batchSize - 1) / training.batchSize
    if lock != nil { folder.removeRemains() }
    let checkpoint =
      FileManager.default.fileExists(atPath: folder.checkpoint.path)
      ? try Checkpoint(contentsOf: folder.checkpoint) : nil
    if let checkpoint {
      try checkpoint.require(
        configurationHash: configurationHash, epochs: training.epochs, batches: batchCount,
        at: folder.checkpoint)
      position = checkpoint.position
    }
    (learning, optimizer) = schedule.start(epoch: position.epoch, of: model.state)
    if training.curvature.isWanted {
      let order = SeededPermutation(count: parts.train.count, seed: configuration.seed, epoch: 0)
      curvature = CurvatureProbe(
        settings: training.curvature, model: self.model,
        batch: parts.train.batch(Array(order.indices.prefix(training.batchSize))),
        seed: configuration.seed)
    } else {
      curvature = nil
    }
    sparsity = SparseTraining(configuration.training, of: model, learning: learning)
    if let checkpoint {
      let path = folder.checkpoint.relativePath
      try model.load(checkpoint.model, from: "\(path) (model)")
      try optimizer.load(checkpoint.optimizer, from: "\(path) (optimizer)")
      checkpointStep = position.step
    }
    log =
      lock == nil
      ? nil
      : try TrainingLog(
        folder, position: position, steps: training.epochs * batchCount, terminal: terminal)
    for notice in dataset.notices { log?.note("warning: \(notice)") }
    if let notice = training.precisionNotice(on: device) { log?.note("warning: \(notice)") }
    if checkpoint == nil, training.curvature.initialNorm > 0, let curvature {
      let found = try curvature.scaleWeights(learning: learning, at: trainingStep(batch: 0))
      log?.note(
        "initial weights are multiplied with \(String(format: "%.3g", found.factor)), with which the "
          + "Hessian's norm is \(String(format: "%.3g", found.norm))")
    }
    try sharing?.requireAgreement(
      configuration: configurationHash,
      data: configuration.data.trainingPart(of: dataset).sha256(), position: position,
      model: model.state)
  }

  /// Trains to the end.
  ///
  /// - Parameter isInterrupted: asked after each step; true ends the training with a checkpoint. Of
  ///   processes that share a training all end, after the same step.
  /// - Throws: `TrainingInterrupted`, `TrainingFailure`, `ProcessLost`, or an error of writing the run
  ///   folder.
  @discardableResult
  package func train(isInterrupted: () -> Bool = { false }) throws -> TrainingSummary {
    guard let sharing else { return try trainToEnd(isInterrupted: isInterrupted) }
    return try sharing.agreeing(on: isInterrupted) { isAgreed in
      do {
        return try trainToEnd(isInterrupted: isAgreed)
      } catch let error as DistributedError where error.kind == .lost {
        // The step at hand has changed no parameter yet.
        sharing.restoreBuffers()
        if !isDone { try writeCheckpoint() }
        throw ProcessLost(
          run: folder.path, step: position.step, isFirst: sharing.group.isFirst, cause: error)
      }
    }
  }

  private func trainToEnd(isInterrupted: () -> Bool) throws -> TrainingSummary {
    func stopIfInterrupted() throws {
      guard isInterrupted() else { return }
      // After the last epoch its checkpoint is there, and the model may be an earlier, better one.
      if !isDone { try writeCheckpoint() }
      throw TrainingInterrupted(run: folder.path, step: position.step)
    }
    while !isDone {
      let epochStart = Date()
      for batch in batches.dropFirst(position.batch) {
        let shard = sharing?.shard(of: batch.count)
        let draws = SampleDraws(
          seed: configuration.seed, epoch: position.epoch,
          indices: shard.map { Array(batch[$0.rows]) } ?? batch)
        try BatchShard.$current.withValue(shard) {
          try step(parts.train.batch(draws, augmentedBy: augmentations))
        }
        try stopIfInterrupted()
        if checkpointIsDue { try writeCheckpoint() }
      }
      try endEpoch(since: epochStart, afterBatch: stopIfInterrupted)
    }
    return try end(afterBatch: stopIfInterrupted)
  }

  private var isDone: Bool {
    let training = configuration.training
    return position.epoch >= training.epochs
      || training.patience > 0 && position.epochsSinceBest ?? 0 >= training.patience
  }

  /// A step of the present epoch, for the objective.
  private func trainingStep(batch: Int) -> TrainingStep {
    TrainingStep(
      seed: configuration.seed, epoch: position.epoch, index: position.step,
      phase: schedule.phase(epoch: position.epoch),
      progress: schedule.progress(epoch: position.epoch, batch: batch, of: batchCount))
  }

  /// The samples of each batch of the present epoch.
  private var batches: Batches {
    let order = SeededPermutation(
      count: parts.train.count, seed: configuration.seed, epoch: position.epoch)
    return Batches(of: order.indices, size: configuration.training.batchSize)
  }

  private func step(_ batch: (inputs: Tensor, labels: Tensor)) throws {
    let stepStart = Date()
    let exchangeStart = sharing?.group.seconds
    let trainingStep = trainingStep(batch: position.batch)
    sparsity?.begin(position)
    sharing?.rememberBuffers(of: model.state)
    var objective: Objective
    do {
      objective = try model.objective(
        images: batch.inputs, labels: batch.labels, step: trainingStep)
    } catch {
      // An exchange that failed comes first.
      try sharing?.check()
      throw failure(.objective(error))
    }
    if let sparsity { objective = sparsity.penalizing(objective, epoch: position.epoch) }
    var gradients = gradient(
      of: objective.total, wrt: learning.parameters,
      seed: BatchShard.current.map { Tensor.ones(like: objective.total) * $0.weight })
    var values = Tensor.stacked(
      ([objective.total] + objective.terms.map(\.value)).map {
        $0.detached.reshaped([]).to(.float64)
      })
    if let sharing { (gradients, values) = try sharing.joined(gradients, values) }
    let norm = globalNorm(gradients).to(.float64)
    // The only time that a step waits for the device: all figures in one tensor.
    let figures = Tensor.concatenated([values, norm.reshaped([1])]).doubles
    let terms = zip(["total"] + objective.terms.map(\.name), figures).map {
      (name: $0, value: $1)
    }
    try requireFinite(terms, gradients, norm: figures.last!)

    let limit = schedule.gradientClipping(epoch: position.epoch)
    let rate = schedule.learningRate(epoch: position.epoch, progress: trainingStep.progress)
    optimizer.learningRate = sparsity?.learningRate(rate, epoch: position.epoch) ?? rate
    optimizer.step(
      gradients: limit > 0 ? clipped(gradients, toNorm: limit).gradients : gradients)
    sparsity?.followStep(rate: optimizer.learningRate, epoch: position.epoch)
    model.restoreConstraints()
    position.batch += 1
    position.step += 1
    sharing?.forgetBuffers()
    try log?.step(
      StepRecord(
        terms: terms, gradientNorm: figures.last!, learningRate: optimizer.learningRate,
        evaluations: objective.evaluations, seconds: Date().timeIntervalSince(stepStart),
        exchangeSeconds: exchangeStart.map { sharing!.group.seconds - $0 }),
      number: position.step, epoch: position.epoch + 1)
  }

  /// Measures, keeps the model if it is the best so far, and moves on to the next epoch.
  private func endEpoch(since epochStart: Date, afterBatch: () throws -> Void) throws {
    let trained = model.trained()
    let count = configuration.training.accuracySamples
    let train =
      try count == 0
      ? nil
      : parts.train.prefix(count).accuracy(of: trained, sharing: sharing, afterBatch: afterBatch)
    let validation = try parts.validation?.accuracy(
      of: trained, sharing: sharing, afterBatch: afterBatch)
    try sharing?.requireAgreement(on: model.state)
    // Without a validation part the last model is kept: no choice is made on the test part.
    let isUnfinished = sparsity?.isUnfinished(epoch: position.epoch) ?? false
    if isUnfinished || validation.map({ $0 > position.bestValidationAccuracy ?? -1 }) ?? true {
      if log != nil {
        try SafeTensors(model.state.tensors, metadata: metadata.entries)
          .write(to: folder.model.relativePath)
      }
      // A model that is not sparse yet is no rival of one that is.
      position.bestValidationAccuracy = isUnfinished ? nil : validation
      position.epochsSinceBest = nil
    } else if schedule.isPatient(epoch: position.epoch) {
      position.epochsSinceBest = (position.epochsSinceBest ?? 0) + 1
    }
    let nonZeros = sparsity?.nonZeroShare
    let hessianNorm = try measuredHessianNorm()
    position.epoch += 1
    position.batch = 0
    if !isDone, schedule.phase(epoch: position.epoch) != schedule.phase(epoch: position.epoch - 1) {
      (learning, optimizer) = schedule.start(epoch: position.epoch, of: model.state)
      sparsity = SparseTraining(configuration.training, of: model, learning: learning)
      // A model before its last phase is not finished, however well it does.
      position.bestValidationAccuracy = nil
    }
    try log?.epoch(
      position.epoch, step: position.step, train: train, validation: validation,
      nonZeros: nonZeros, hessianNorm: hessianNorm, seconds: Date().timeIntervalSince(epochStart))
    try writeCheckpoint()
    if isDone, position.epoch < configuration.training.epochs {
      log?.note(
        "ends after epoch \(position.epoch): no better validation accuracy in the last "
          + "\(configuration.training.patience)")
    }
  }

  /// The norm of the Hessian where it is due in this epoch.
  private func measuredHessianNorm() throws -> Double? {
    let every = configuration.training.curvature.every
    guard let curvature, log != nil, every > 0, (position.epoch + 1) % every == 0 else {
      return nil
    }
    return try curvature.norm(of: learning, at: trainingStep(batch: 0))
  }

  /// Measures the model that was kept, read back from its file, on the test part.
  private func end(afterBatch: () throws -> Void) throws -> TrainingSummary {
    let path = folder.model.relativePath
    if log != nil { try model.load(SafeTensors(contentsOf: path).tensors, from: path) }
    try sharing?.group.broadcast(model.state.entries.map(\.tensor))
    let test = try parts.test.accuracy(
      of: model.trained(), sharing: sharing, afterBatch: afterBatch)
    let seconds = Date().timeIntervalSince(start)
    try log?.end(test: test, step: position.step, seconds: seconds)
    // The losses of earlier sessions are in the file alone.
    let stagnation = log.flatMap { _ in
      Stagnation(
        accuracy: test, labels: parts.test.labels.integers,
        losses: (try? Metrics(contentsOf: folder.metrics).curve("total").map(\.y)) ?? [],
        learningRate: configuration.training.learningRate)
    }
    if let stagnation { log?.note("\(stagnation)") }
    return TrainingSummary(
      folder: folder, steps: position.step, seconds: seconds,
      validationAccuracy: position.bestValidationAccuracy, testAccuracy: test,
      stagnation: stagnation)
  }

  // MARK: Checkpoints and failures

  private var checkpointIsDue: Bool {
    let training = configuration.training
    return training.checkpointEvery > 0 && position.step % training.checkpointEvery == 0
      || Date().timeIntervalSince(lastCheckpoint) >= training.checkpointSeconds
  }

  private func writeCheckpoint() throws {
    guard let log else { return }
    position.metricsLength = try log.synchronizedLength()
    try Checkpoint(
      position: position, configurationHash: configurationHash, model: model.state,
      optimizer: optimizer.state
    ).write(to: folder.checkpoint)
    checkpointStep = position.step
    lastCheckpoint = Date()
  }

  private func requireFinite(
    _ terms: [(name: String, value: Double)], _ gradients: [Tensor], norm: Double
  ) throws {
    if !terms[0].value.isFinite {
      let culprit = terms.dropFirst().first { !$0.value.isFinite } ?? terms[0]
      throw failure(.loss(term: culprit.name, value: culprit.value))
    }
    if !norm.isFinite {
      let names = learning.entries.map(\.name)
      let index = gradients.firstIndex { !$0.isFinite.all().item.isEqual(to: 1) } ?? 0
      throw failure(.gradient(parameter: names[index]))
    }
  }

  private func failure(_ cause: TrainingFailure.Cause) -> TrainingFailure {
    TrainingFailure(
      run: folder.path, step: position.step + 1, epoch: position.epoch + 1, cause: cause,
      checkpointStep: checkpointStep)
  }
}

/// What a training came to.
package struct TrainingSummary: Sendable {
  package let folder: RunFolder
  package let steps: Int
  /// Of this session.
  package let seconds: Double
  /// Of the model that was kept, where there is a validation part.
  package let validationAccuracy: Double?
  /// Of the model that was kept.
  package let testAccuracy: Double
  /// Whether nothing was learned; known to the process that keeps the run folder.
  package let stagnation: Stagnation?
}
