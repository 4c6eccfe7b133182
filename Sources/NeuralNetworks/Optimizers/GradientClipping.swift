import Tensors

/// The Euclidean norm of all gradients taken as one vector, of rank 0.
public func globalNorm(_ gradients: [Tensor]) -> Tensor {
  withoutGradients { Tensor.stacked(gradients.map(\.norm)).norm }
}

/// Gradients scaled by min(1, limit / (norm + 1e-6)), where `norm` is that of all of them together
/// (Pascanu et al. 2013, with PyTorch's safeguard). A norm that is not finite makes them all NaN or
/// zero, so look at it before the step.
///
/// - Returns: the scaled gradients, and the norm before.
public func clipped(
  _ gradients: [Tensor], toNorm limit: Double
) -> (gradients: [Tensor], norm: Tensor) {
  precondition(limit > 0, "clipped(toNorm: \(limit))")
  return withoutGradients {
    let norm = globalNorm(gradients)
    let scale = (limit / (norm + 1e-6)).minimum(1)
    return (gradients.map { $0 * scale }, norm)
  }
}
