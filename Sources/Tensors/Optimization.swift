import CTorch

/// One step of an optimizer on all parameters at once, by libtorch's fused kernels. The tensors
/// are changed in place; `NeuralNetworks` keeps the state and names it.
package enum FusedStep {
  /// Adam (Kingma, Ba 2015), or AdamW (Loshchilov, Hutter 2019).
  ///
  /// - Parameters:
  ///   - means, variances: the moments, made by `Tensor.zeros(like:)` of each parameter.
  ///   - step: a float32 counter of rank 0, advanced by this call.
  ///   - isDecayDecoupled: AdamW's decay, of the parameters and not by the gradients.
  package static func adam(
    parameters: [Tensor], gradients: [Tensor], means: [Tensor], variances: [Tensor],
    step: Tensor, rate: Double, betas: (Double, Double), weightDecay: Double, epsilon: Double,
    isDecayDecoupled: Bool
  ) {
    if parameters.isEmpty { return }
    precondition(
      gradients.count == parameters.count,
      "adam: \(gradients.count) gradients for \(parameters.count) parameters")
    withHandles(parameters) { p, count in
      withHandles(gradients) { g, _ in
        withHandles(means) { m, _ in
          withHandles(variances) { v, _ in
            torchCheck(
              ct_adam_step(
                p, g, m, v, step.handle, count, rate, betas.0, betas.1, weightDecay, epsilon,
                isDecayDecoupled),
              "adam")
          }
        }
      }
    }
  }

  /// SGD with momentum.
  ///
  /// - Parameter momenta: made by `Tensor.zeros(like:)` of each parameter; none without momentum.
  package static func sgd(
    parameters: [Tensor], gradients: [Tensor], momenta: [Tensor], rate: Double, momentum: Double,
    weightDecay: Double, nesterov: Bool
  ) {
    if parameters.isEmpty { return }
    precondition(
      gradients.count == parameters.count,
      "sgd: \(gradients.count) gradients for \(parameters.count) parameters")
    withHandles(parameters) { p, count in
      withHandles(gradients) { g, _ in
        withHandles(momenta) { m, momentumCount in
          torchCheck(
            ct_sgd_step(
              p, g, momentumCount == 0 ? nil : m, count, rate, momentum, weightDecay, nesterov),
            "sgd")
        }
      }
    }
  }
}
