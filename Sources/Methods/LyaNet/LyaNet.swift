import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// LyaNet in training.
public struct LyaNet: TrainableClassifier {
  /// What the model was made with.
  public let settings: LyaNetMethod.Settings
  /// The modulation, the field and its flow.
  public let backbone: ModulatedBackbone
  /// The end of the trajectories of the path integral, as a share of T, [1].
  let horizon: Tensor
  /// Batches in a row with few violations, [1].
  let calmBatches: Tensor
  private let lyapunov = LabelLyapunov(.crossEntropy)

  /// Creates a model with initial weights.
  ///
  /// - Throws: `SettingsError` if settings contradict each other or the input.
  public init(
    _ settings: LyaNetMethod.Settings, input: ModelInput, generator: RandomGenerator,
    dtype: DType, device: Device
  ) throws {
    self.settings = settings
    backbone = try ModulatedBackbone(
      settings.backbone, input: input, generator: generator, dtype: dtype, device: device)
    horizon = .full(settings.pathIntegral.start, [1], dtype: dtype, device: device)
    calmBatches = .zeros([1], dtype: dtype, device: device)
  }

  private var usesPaths: Bool {
    settings.loss == .lyapunov && settings.sampling.kind == .pathIntegral
  }

  public var state: ModuleState {
    guard usesPaths else { return backbone.state }
    return backbone.state
      + ModuleState(buffers: ["sampling.horizon": horizon, "sampling.calmBatches": calmBatches])
  }

  public func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    switch settings.loss {
    case .crossEntropy:
      let solution = try backbone.trainingSolution(images)
      return Objective(
        crossEntropyOf: solution.finalState, labels: labels,
        evaluations: solution.statistics.evaluations)
    case .lyapunov: return try lyapunovObjective(images: images, labels: labels, step: step)
    }
  }

  /// The pointwise loss at sampled states. It judges states, not the scores of the images, so there
  /// is no part of it that TRADES or MART could replace.
  private func lyapunovObjective(
    images: Tensor, labels: Tensor, step: TrainingStep
  ) throws -> Objective {
    let modulation = backbone.modulation(images, mode: .training)
    let (states, evaluations) = try states(modulation: modulation.detached, step: step)
    let dropout =
      settings.dropout == 0
      ? nil
      : ModulatedField.Dropout(probability: settings.dropout, generator: step.generator(2))
    let violations = violations(
      at: states, labels: labels, modulation: modulation, dropout: dropout)
    let loss = violations.relu.mean()
    let isViolating = (violations.detached .> 0).to(violations.dtype)
    let shard = BatchShard.current
    let share = shard?.mean(isViolating.mean()) ?? isViolating.mean()
    let gain = backbone.field.gain
    let gainInUse = gain * 1
    gain.assign(settings.annealing.next(gain, violating: share, progress: step.progress))
    if usesPaths {
      let count = isViolating.sum()
      growHorizon(
        violations: Int((shard.map { $0.sum($0.weight > 0 ? count : count * 0) } ?? count).item))
    }
    return Objective(
      total: loss, classification: nil,
      terms: [("lyapunov", loss), ("violating", share), ("gain", gainInUse)],
      evaluations: evaluations)
  }

  /// dV_y/dt + κ V_y, which the condition wants to be at most 0.
  ///
  /// - Parameter states: [N, S, C], or [1, S, C] if the images share them.
  /// - Returns: [N, S].
  package func violations(
    at states: Tensor, labels: Tensor, modulation: Tensor, dropout: ModulatedField.Dropout?
  ) -> Tensor {
    let velocities = backbone.field(states, modulation: modulation, dropout: dropout)
    let (values, slopes) = lyapunov.valuesAndSlopes(at: states, labels: labels)
    return (slopes * velocities).sum(along: 2) + values * backbone.field.decayRate
  }

  // MARK: Sampling

  private func states(
    modulation: Tensor, step: TrainingStep
  ) throws -> (states: Tensor, evaluations: Int) {
    switch settings.sampling.kind {
    case .monteCarlo: return (ballStates(like: modulation, step.generator(1)), 0)
    case .pathIntegral: return try pathStates(modulation, step.generator(1))
    }
  }

  /// S states with uniform directions and radii, [1, S, C]: denser towards 0 than the ball's volume.
  package func ballStates(like modulation: Tensor, _ generator: RandomGenerator) -> Tensor {
    let (count, classCount) = (settings.sampling.states, backbone.field.classCount)
    let normal = generator.normal([1, count, classCount], dtype: modulation.dtype)
    let radii = generator.uniform([1, count, 1], dtype: modulation.dtype)
    let reach = settings.sampling.radius * Double(classCount).squareRoot()
    return (normal / normal.norm(along: 2, keeping: true) * (radii * reach)).to(modulation.device)
  }

  /// States of the present model's trajectories at S random times, [N, S, C], not recorded.
  package func pathStates(
    _ modulation: Tensor, _ generator: RandomGenerator
  ) throws -> (states: Tensor, evaluations: Int) {
    let end = horizon.item * backbone.flow.settings.horizon
    let draws = generator.uniform([settings.sampling.states - 2], dtype: .float64).doubles
    // A set, as a solver does not take a time twice.
    let times = Set([1e-6 * end, end] + draws.map { $0 * end }.filter { $0 > 0 })
    let solution = try withoutGradients {
      try backbone.flow.training(
        of: backbone.vectorField(modulation), from: backbone.initialState(modulation),
        times: [0] + times.sorted())
    }
    return (
      solution.states.sliced(1..<times.count + 1).permuted([1, 0, 2]),
      solution.statistics.evaluations
    )
  }

  private func growHorizon(violations: Int) {
    let path = settings.pathIntegral
    guard violations < path.leastViolations else {
      calmBatches.assign(.zeros(like: calmBatches))
      return
    }
    let calm = Int(calmBatches.item) + 1
    let grows = calm >= path.patience
    calmBatches.assign(.zeros(like: calmBatches) + (grows ? 0 : Double(calm)))
    if grows { horizon.assign((horizon + path.growth).minimum(1)) }
  }

  // MARK: Use

  /// h(T) at the training tolerance, without dropout.
  public func trainingLogits(_ images: Tensor) throws -> Tensor {
    try backbone.trainingSolution(images).finalState
  }

  public func trained() -> any TrainedClassifier {
    TrainedModulatedClassifier(backbone: backbone.folded, lyapunov: lyapunov)
  }
}
