import Tensors

/// Stochastic gradient descent with momentum μ. With g the gradient, plus `weightDecay` times the
/// parameter: `b ← μ b + g`, then `θ ← θ - rate · b`, or `θ ← θ - rate · (g + μ b)` by Nesterov.
///
/// State: `NAME.momentum_buffer` (b) for each parameter, if there is momentum.
public final class SGD: Optimizer {
  public var learningRate: Double
  /// μ; 0 for none.
  public let momentum: Double
  /// The share of a parameter that is added to its gradient.
  public let weightDecay: Double
  /// Whether the momentum looks a step ahead.
  public let nesterov: Bool

  private let parameters: [Tensor]
  private let momenta: ModuleState

  /// An optimizer that has taken no step.
  ///
  /// - Parameter state: of the module to train; its parameters are changed, its buffers are not.
  public init(
    _ state: ModuleState, learningRate: Double, momentum: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false
  ) {
    precondition(!nesterov || momentum > 0, "SGD: Nesterov's form needs momentum")
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    parameters = state.parameters
    momenta = momentum == 0 ? ModuleState() : state.zeroBuffers("momentum_buffer")
  }

  public func step(gradients: [Tensor]) {
    FusedStep.sgd(
      parameters: parameters, gradients: gradients, momenta: momenta.tensorList,
      rate: learningRate, momentum: momentum, weightDecay: weightDecay, nesterov: nesterov)
  }

  public var state: ModuleState { momenta }
}
