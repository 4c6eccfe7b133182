import CTorch

/// The sum of matrices [n, m] whose columns are scaled by gates, for each row of gates [L, m] by itself:
///
///     result_k = Σ_t A_t diag(g_t,k),   [L, n, m].
///
/// Recorded, once differentiable, in one pass over the result forwards and one backwards.
public func gatedSum(_ matrices: [Tensor], gates: [Tensor]) -> Tensor {
  precondition(
    !matrices.isEmpty && matrices.count == gates.count,
    "gatedSum of \(matrices.count) matrices and \(gates.count) gates")
  return withBackward(matrices + gates) {
    let result = withHandles(matrices) { matrixHandles, count in
      withHandles(gates) { gateHandles, _ in ct_gated_sum(matrixHandles, gateHandles, count) }
    }
    let (fixedMatrices, fixedGates) = (matrices.map(\.detached), gates.map(\.detached))
    return (
      [Tensor(result, "gatedSum \(matrices.map(\.shape)) by \(gates.map(\.shape))")],
      { derivatives in
        guard let derivative = derivatives[0] else {
          return [Tensor?](repeating: nil, count: 2 * matrices.count)
        }
        var found = [CTTensor?](repeating: nil, count: 2 * fixedMatrices.count)
        withHandles(fixedMatrices) { matrixHandles, count in
          withHandles(fixedGates) { gateHandles, _ in
            found.withUnsafeMutableBufferPointer { found in
              torchCheck(
                ct_gated_sum_backward(
                  derivative.handle, matrixHandles, gateHandles, count, found.baseAddress!,
                  found.baseAddress! + Int(count)),
                "gatedSum's derivative")
            }
          }
        }
        return found.map { Tensor($0, "gatedSum's derivative") }
      }
    )
  }[0]
}
