import Tensors

/// Adam (Kingma, Ba 2015). With g the gradient, plus `weightDecay` times the parameter:
///
///     m ← β₁ m + (1 - β₁) g,    v ← β₂ v + (1 - β₂) g²,
///     θ ← θ - rate · (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)
///
/// With the decay decoupled (AdamW: Loshchilov, Hutter 2019) g is the gradient alone, and θ is multiplied
/// with 1 - rate · `weightDecay` before the step.
///
/// State: `step` and, for each parameter, `NAME.exp_avg` (m) and `NAME.exp_avg_sq` (v).
public final class Adam: Optimizer {
  public var learningRate: Double
  /// β₁ and β₂, in [0, 1).
  public let betas: (Double, Double)
  /// ε, above 0.
  public let epsilon: Double
  /// The share of a parameter that is added to its gradient, or, decoupled, that a step at rate 1
  /// takes from it.
  public let weightDecay: Double
  /// Whether the decay is AdamW's.
  public let isDecayDecoupled: Bool

  private let parameters: [Tensor]
  private let means: ModuleState
  private let variances: ModuleState
  private let stepCount: Tensor

  /// An optimizer that has taken no step.
  ///
  /// - Parameter state: of the module to train; its parameters are changed, its buffers are not.
  public init(
    _ state: ModuleState, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0, isDecayDecoupled: Bool = false
  ) {
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.isDecayDecoupled = isDecayDecoupled
    parameters = state.parameters
    means = state.zeroBuffers("exp_avg")
    variances = state.zeroBuffers("exp_avg_sq")
    stepCount = .zeros([], device: parameters.first?.device ?? .cpu)
  }

  public func step(gradients: [Tensor]) {
    FusedStep.adam(
      parameters: parameters, gradients: gradients, means: means.tensorList,
      variances: variances.tensorList, step: stepCount, rate: learningRate, betas: betas,
      weightDecay: weightDecay, epsilon: epsilon, isDecayDecoupled: isDecayDecoupled)
  }

  public var state: ModuleState {
    ModuleState(buffers: ["step": stepCount]) + means + variances
  }
}
