import CTorch

/// Gives results that were computed outside the graph a hand-written backward pass.
///
/// `forward` runs without recording and returns the results together with the backward pass, a
/// function from the derivatives with respect to each result (nil where the loss does not depend
/// on it) to those with respect to each input (nil where there is none). The backward pass must
/// not capture the tensors that this function returns. It is differentiable once.
public func withBackward(
  _ inputs: [Tensor],
  forward: () -> (results: [Tensor], backward: ([Tensor?]) -> [Tensor?])
) -> [Tensor] {
  withSelectiveBackward(inputs) {
    let (results, backward) = forward()
    return (results, { gradients, _ in backward(gradients) })
  }
}

/// As `withBackward(_:forward:)`, for a backward pass that is also told which inputs' derivatives
/// are asked for, so that it can leave the others out.
public func withSelectiveBackward(
  _ inputs: [Tensor],
  forward: () -> (results: [Tensor], backward: ([Tensor?], _ isNeeded: [Bool]) -> [Tensor?])
) -> [Tensor] {
  let (outputs, backward) = withoutGradients(forward)
  let context = Unmanaged.passRetained(BackwardPass(run: backward)).toOpaque()
  var results = [CTTensor?](repeating: nil, count: outputs.count)
  withHandles(inputs) { inputHandles, inputCount in
    withHandles(outputs) { outputHandles, outputCount in
      torchCheck(
        ct_with_backward(
          inputHandles, inputCount, outputHandles, outputCount, context, runBackward,
          releaseBackward, &results),
        "withBackward")
    }
  }
  return results.map { Tensor($0, "withBackward") }
}

private final class BackwardPass {
  let run: ([Tensor?], [Bool]) -> [Tensor?]
  init(run: @escaping ([Tensor?], [Bool]) -> [Tensor?]) { self.run = run }
}

private let runBackward: CTBackward = { context, outputs, outputCount, needed, inputs, inputCount in
  let pass = Unmanaged<BackwardPass>.fromOpaque(context!).takeUnretainedValue()
  let given = (0..<Int(outputCount)).map { index in
    // The handles are borrowed: detaching makes an owned one that shares the elements.
    outputs![index].map { Tensor(ct_detach($0), "withBackward") }
  }
  let gradients = pass.run(given, (0..<Int(inputCount)).map { needed![$0] })
  precondition(
    gradients.count == Int(inputCount),
    "withBackward: \(gradients.count) derivatives for \(inputCount) inputs")
  for (index, gradient) in gradients.enumerated() {
    inputs![index] = gradient.flatMap { ct_detach($0.handle) }
  }
}

private let releaseBackward: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
  Unmanaged<BackwardPass>.fromOpaque(context!).release()
}
