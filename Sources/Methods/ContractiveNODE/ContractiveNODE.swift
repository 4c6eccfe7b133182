import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// The model, in training and in use.
public struct ContractiveNODE: TrainableClassifier, FlowClassifier {
  /// What the model was made with.
  public let settings: ContractiveNODEMethod.Settings
  let backbone: Backbone
  /// f.
  public let field: any CoupledField
  /// Pixels of a map, over which the head averages; 1 where it does not.
  let pooledPixels: Int
  let head: Linear

  init(
    _ settings: ContractiveNODEMethod.Settings, input: ModelInput, generator: RandomGenerator,
    dtype: DType, device: Device
  ) throws {
    self.settings = settings
    let (features, coupling, pixels) = try settings.parts(
      input: input, generator: generator, dtype: dtype, device: device)
    field = try settings.contraction.field(
      coupling, activation: LeakySoftplus(leastSlope: settings.leastSlope))
    backbone = Backbone(
      features: features, field: field,
      flow: try Flow(settings.flow))
    pooledPixels = settings.pooling == .mean ? pixels : 1
    head = Linear(
      inputs: settings.features.dimension / pooledPixels, outputs: input.classCount,
      hasBias: false, generator: generator, dtype: dtype, device: device)
  }

  private init(folding model: ContractiveNODE) {
    settings = model.settings
    backbone = model.backbone.folded
    field = model.field
    pooledPixels = model.pooledPixels
    head = model.head
  }

  public var classCount: Int { head.weight.shape[0] }
  public var state: ModuleState { backbone.state + head.state.prefixed("head") }

  /// The factor by which the flow can stretch a distance, at most; below 1 for a contractive field.
  /// See `CoupledField.flowLipschitzBound(horizon:)`.
  public var flowLipschitzBound: Double {
    field.flowLipschitzBound(horizon: settings.flow.horizon)
  }

  public func scores(of states: Tensor) -> Tensor {
    pooledPixels == 1
      ? head(states)
      : head(states.reshaped([states.shape[0], -1, pooledPixels]).mean(along: 2))
  }

  // MARK: Training

  public func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let contraction = settings.contraction
    let solution = try backbone.trainingSolution(
      images, isSampled: contraction.regularizer == .jacobian)
    let objective = Objective(
      crossEntropyOf: scores(of: solution.finalState), labels: labels,
      evaluations: solution.statistics.evaluations)
    guard contraction.isPenalty, let field = field as? ContractiveField else { return objective }
    let penalty = contraction(field, trajectories: solution.states, step: step)
    return Objective(
      total: objective.total.adding([penalty], weights: [contraction.weight]),
      classification: objective.classification,
      terms: objective.terms + [
        ("contraction", penalty), ("largest-row", field.coupling.rowBounds.max()),
      ],
      evaluations: objective.evaluations)
  }

  public func trainingLogits(_ images: Tensor) throws -> Tensor {
    scores(of: try backbone.trainingSolution(images, isSampled: false).finalState)
  }

  // MARK: Use

  public func trained() -> any TrainedClassifier { ContractiveNODE(folding: self) }

  public var flow: Flow { backbone.flow }

  public func problem(of images: Tensor) -> InitialValueProblem { backbone.problem(of: images) }
}

extension ContractiveNODE: LipschitzCertifiable {
  /// The mean of each map's n pixels and the head as one matrix: each weight / n, n times.
  public func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    guard let flowBound = try backbone.flowBound() else { return nil }
    let weight = head.weight.detached
    let pooled = (weight / Double(pooledPixels)).unsqueezed(2)
      .expanded(weight.shape + [pooledPixels]).reshaped([classCount, -1])
    return try LipschitzChain(
      features: backbone.features, flowBound: flowBound, slopes: ScoreSlopes(weight: pooled),
      scores: logits
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}

extension ContractiveNODE: LayeredDynamics {
  public var dynamics: any Field { field }
  public var horizon: Double { flow.settings.horizon }
}
