import Datasets
import Evaluations
import Failures
import Files
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import StableDynamics
import Tensors

/// Makes a new run of a trained one: the same model, its field's weights changed as little as it takes to bring
/// the logarithmic norm of the Jacobian under a bound for all slopes of the activation (`MinimalPerturbation`).
package struct StabilizedRun {
  private let source: Run
  private let folder: RunFolder
  private let bound: Double
  private let request: EvaluationRequest
  private let dataset: Dataset

  /// Checks and loads everything.
  ///
  /// - Parameters:
  ///   - bound: δ.
  ///   - request: the attacks before and after.
  /// - Throws: `Failure` if the folder is used, or no weights satisfy the bound; `MethodError` if the field is of
  ///   another form.
  package init(
    of source: Run, into folder: RunFolder, bound: Double, _ request: EvaluationRequest,
    locations: DataLocations = DataLocations()
  ) throws {
    try folder.requireUnused()
    let slopes = try Self.dynamics(of: source.model, named: source.configuration.method)
      .jacobian.slopes
    guard bound > 0 || slopes.lowerBound > 0 else {
      throw Failure(
        .invalidOption, at: "--bound",
        expected: "a number above 0 for a field whose activation has slopes from "
          + "\(slopes.lowerBound), as its Jacobian can be 0",
        found: "\(bound)", remedy: "Fields of contractive-node, model.field=dense, go below 0.")
    }
    (self.source, self.folder, self.bound, self.request) = (source, folder, bound, request)
    dataset = try source.configuration.data.load(locations)
  }

  private static func dynamics(
    of model: any TrainableClassifier, named method: String
  ) throws -> (jacobian: LayeredJacobian, horizon: Double) {
    guard let dynamics = model as? any LayeredDynamics, let jacobian = dynamics.layeredJacobian
    else {
      throw MethodError(
        subject: "stabilize", method: method,
        lacking: "a field of the form A σ(B h + b) + c that nothing else bounds",
        example: "neural-ode")
    }
    return (jacobian, dynamics.horizon)
  }

  /// Changes the weights, measures, and writes the new run.
  package func make() throws -> Stabilization {
    let method = source.configuration.method
    let model = try source.configuration.freshModel(for: source.input, on: source.device)
    try model.load(source.model.state.tensors, from: source.path)
    let (jacobian, horizon) = try Self.dynamics(of: model, named: method)
    func generator() -> RandomGenerator {
      RandomGenerator(seed: source.configuration.seed, keys: 1)
    }
    let before = LogNormBound(jacobian, generator: generator())
    let old = jacobian.weights.map { $0.detached.to(.float64) }
    var after = before
    if before.upper > bound {
      let found = MinimalPerturbation(jacobian, under: bound, generator: generator())
      for (weight, value) in zip(jacobian.weights, found.weights) { weight.assign(value) }
      after = found.norm
    }
    let changed = Run(
      model, path: folder.path, configuration: source.configuration,
      classNames: source.classNames, input: source.input, device: source.device)
    let finding = Stabilization(
      run: folder.path, source: source.path, sourceDigest: try source.weightsDigest,
      method: method, data: source.configuration.data.name, seed: source.configuration.seed,
      bound: bound, slopes: [jacobian.slopes.lowerBound, jacobian.slopes.upperBound],
      horizon: horizon,
      change: globalNorm(zip(jacobian.weights, old).map { $0.detached.to(.float64) - $1 }).item,
      size: globalNorm(old).item, before: try figures(source, before),
      after: try figures(changed, after))
    try write(changed, finding)
    return finding
  }

  private func figures(_ run: Run, _ norm: LogNormBound) throws -> Stabilization.Figures {
    let test = TensorSamples(
      dataset.test, dtype: source.configuration.precision.dtype, device: run.device)
    return Stabilization.Figures(
      lowerNorm: norm.lower, upperNorm: norm.upper,
      testAccuracy: try test.accuracy(of: run.model.trained()),
      robustness: try AttackedAccuracy.measured(run, on: dataset.test, request))
  }

  /// Makes the new folder, all of it or nothing, with a checkpoint of a training that is over.
  private func write(_ run: Run, _ finding: Stabilization) throws {
    let configuration = run.configuration
    var position = TrainingPosition()
    let samples = Array(0..<configuration.data.trainingPart(of: dataset).count)
    position.epoch = configuration.training.epochs
    position.step =
      position.epoch * Batches(of: samples, size: configuration.training.batchSize).count
    let schedule = try TrainingSchedule(configuration.training, phases: run.model.phases)
    let (_, optimizer) = schedule.start(epoch: position.epoch, of: run.model.state)
    let checkpoint = Checkpoint(
      position: position, configurationHash: try configuration.hash, model: run.model.state,
      optimizer: optimizer.state)
    let provenance = try Provenance(
      configuration: configuration, dataset: dataset,
      session: .init(stepsBefore: position.step, device: run.device))
    try folder.create(configuration: configuration.yaml, provenance: provenance) { draft in
      try run.weights.write(to: draft.model.relativePath)
      try checkpoint.write(to: draft.checkpoint)
      try finding.write(to: draft.stabilization)
    }
  }
}
