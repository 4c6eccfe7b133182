import CTorch

/// Derivatives of a scalar with respect to each input; zeros where it does not depend on one.
///
/// - Parameters:
///   - output: any shape if `seed` is given (the result is then the derivative of
///     Σ seed · output), otherwise a single element.
///   - recording: whether the result can be differentiated again.
///   - retaining: whether the graph behind `output` is kept for another call (implied by
///     `recording`).
public func gradient(
  of output: Tensor, wrt inputs: [Tensor], seed: Tensor? = nil, recording: Bool = false,
  retaining: Bool = false
) -> [Tensor] {
  optionalGradient(
    of: output, wrt: inputs, seed: seed, recording: recording, retaining: retaining
  ).enumerated().map { $1 ?? Tensor.zeros(like: inputs[$0]) }
}

/// As `gradient(of:wrt:)`, with nil for an input that the output does not depend on.
public func optionalGradient(
  of output: Tensor, wrt inputs: [Tensor], seed: Tensor? = nil, recording: Bool = false,
  retaining: Bool = false
) -> [Tensor?] {
  gradients(
    of: [output], wrt: inputs, seeds: [seed], recording: recording, retaining: retaining)
}

/// Derivatives of Σ seed · output over all outputs, each of which is recorded.
func gradients(
  of outputs: [Tensor], wrt inputs: [Tensor], seeds: [Tensor?], recording: Bool = false,
  retaining: Bool = false
) -> [Tensor?] {
  var results = [CTTensor?](repeating: nil, count: inputs.count)
  if inputs.isEmpty || outputs.isEmpty { return results.map { _ in nil } }
  withHandles(inputs) { handles, count in
    withHandles(outputs) { outputHandles, outputCount in
      torchCheck(
        ct_gradient(
          outputHandles, seeds.map { $0?.handle }, outputCount, handles, count, recording,
          recording || retaining, &results),
        "gradient(of: \(outputs.map(\.shape)), wrt: \(inputs.map(\.shape)))")
    }
  }
  withExtendedLifetime(seeds) {}
  return results.map { $0.map(Tensor.init(owning:)) }
}

/// Runs `body` without recording operations for differentiation.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  try withRecording(false, body)
}

/// Runs `body` recording operations, also inside `withoutGradients`.
public func withGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  try withRecording(true, body)
}

/// Whether operations are recorded at the moment: in a backward pass, whether its result is to be
/// differentiated again.
package var isRecordingGradients: Bool { ct_gradients_enabled() }

private func withRecording<Result>(
  _ enabled: Bool, _ body: () throws -> Result
) rethrows -> Result {
  let before = ct_gradients_enabled()
  ct_set_gradients_enabled(enabled)
  defer { ct_set_gradients_enabled(before) }
  return try body()
}

extension Tensor {
  /// Whether operations on this tensor are recorded.
  public var requiresGradient: Bool { ct_requires_gradient(handle) }

  /// The same elements, cut off from the graph.
  public var detached: Tensor { Tensor(ct_detach(handle), "detached", [self]) }

  /// A leaf of a new graph that shares these elements, to differentiate with respect to.
  public func differentiable() -> Tensor {
    let leaf = detached
    torchCheck(ct_set_requires_gradient(leaf.handle, true), "differentiable \(dtype) \(shape)")
    return leaf
  }
}
