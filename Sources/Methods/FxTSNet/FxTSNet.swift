import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// An FxTS-style model in training.
public struct FxTSNet: TrainableClassifier {
  /// What the model was made with.
  public let settings: FxTSNetMethod.Settings
  /// The modulation, the field and its flow.
  public let backbone: ModulatedBackbone
  package let loss: FixedTimeLoss

  /// Creates a model with initial weights.
  ///
  /// - Throws: `SettingsError` if settings contradict each other or the input.
  public init(
    _ settings: FxTSNetMethod.Settings, input: ModelInput, generator: RandomGenerator,
    dtype: DType, device: Device
  ) throws {
    self.settings = settings
    backbone = try ModulatedBackbone(
      settings.backbone, input: input, generator: generator, dtype: dtype, device: device)
    loss = FixedTimeLoss(
      lyapunov: LabelLyapunov(settings.lyapunov.form, threshold: settings.lyapunov.threshold),
      stability: FixedTimeStability(
        time: settings.stability.time * backbone.flow.settings.horizon, mu: settings.stability.mu),
      isRelative: settings.lyapunov.isRelative, classCount: input.classCount)
  }

  public var state: ModuleState { backbone.state }

  public func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let modulation = backbone.modulation(images, mode: .training)
    let isUsed = settings.weight > 0
    let clean = try backbone.flow.training(
      of: backbone.vectorField(modulation), from: backbone.initialState(modulation),
      isSampled: isUsed)
    let classification = Objective(
      crossEntropyOf: clean.finalState, labels: labels, evaluations: clean.statistics.evaluations)
    guard isUsed else { return classification }
    let perturbed = try withoutGradients {
      try perturbedSolution(modulation.detached, labels: labels, generator: step.generator(1))
    }
    // Points are constants; the loss is a function of the parameters alone.
    let points = Tensor.concatenated([clean.states.detached, perturbed.states])
      .permuted([1, 0, 2]).contiguous()
    let violations = violations(at: points, labels: labels, modulation: modulation)
    let fixedTime = violations.relu.mean()
    return Objective(
      total: classification.total.adding([fixedTime], weights: [settings.weight]),
      classification: classification.classification,
      terms: classification.terms + [
        ("fixed-time", fixedTime),
        ("violating", (violations.detached .> 0).to(violations.dtype).mean()),
      ],
      evaluations: classification.evaluations + perturbed.statistics.evaluations)
  }

  /// dv_y/dt + α v_y^p + β v_y^q at states [N, S, C]: [N, S].
  package func violations(at states: Tensor, labels: Tensor, modulation: Tensor) -> Tensor {
    loss.violations(
      at: states, velocities: backbone.field(states, modulation: modulation, dropout: nil),
      labels: labels)
  }

  private func perturbedSolution(
    _ modulation: Tensor, labels: Tensor, generator: RandomGenerator
  ) throws -> Solution {
    // Ascent on the loss before it is cut off at 0, where it would have no slope.
    let initial = settings.perturbation.states(
      around: backbone.initialState(modulation), generator: generator
    ) { violations(at: $0.unsqueezed(1), labels: labels, modulation: modulation) }
    return try backbone.flow.training(of: backbone.vectorField(modulation), from: initial)
  }

  /// h(T) at the training tolerance.
  public func trainingLogits(_ images: Tensor) throws -> Tensor {
    try backbone.trainingSolution(images).finalState
  }

  public func trained() -> any TrainedClassifier {
    TrainedModulatedClassifier(backbone: backbone.folded, lyapunov: loss.lyapunov)
  }
}
