import CTorch

/// One step of an optimizer on all parameters at once, by libtorch's fused kernels. The tensors
/// are changed in place; `NeuralNetworks` keeps the state and names it.
public enum FusedStep {
  /// Adam (Kingma, Ba 2015). `steps` are float32 counters of rank 0, advanced by this call.
  public static func adam(
    parameters: [Tensor], gradients: [Tensor], means: [Tensor], variances: [Tensor],
    steps: [Tensor], rate: Double, betas: (Double, Double), weightDecay: Double, epsilon: Double
  ) {
    if parameters.isEmpty { return }
    withHandles(parameters) { p, count in
      withHandles(gradients) { g, _ in
        withHandles(means) { m, _ in
          withHandles(variances) { v, _ in
            withHandles(steps) { s, _ in
              torchCheck(
                ct_adam_step(
                  p, g, m, v, s, count, rate, betas.0, betas.1, weightDecay, epsilon),
                "adam")
            }
          }
        }
      }
    }
  }

  /// SGD with momentum. In the first step the momenta are set to the gradients.
  public static func sgd(
    parameters: [Tensor], gradients: [Tensor], momenta: [Tensor], rate: Double, momentum: Double,
    weightDecay: Double, nesterov: Bool, isFirst: Bool
  ) {
    if parameters.isEmpty { return }
    withHandles(parameters) { p, count in
      withHandles(gradients) { g, _ in
        withHandles(momenta) { m, _ in
          torchCheck(
            ct_sgd_step(p, g, m, count, rate, momentum, weightDecay, nesterov, isFirst), "sgd")
        }
      }
    }
  }
}
