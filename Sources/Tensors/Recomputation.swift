/// Results of a function of tensors of which only the inputs are kept until the backward pass, which
/// evaluates the function again to differentiate it: one evaluation more, and the memory of its graph
/// only while it is differentiated.
///
/// Values and derivatives are those of the function called plainly, to the bit, as the second
/// evaluation repeats the first; only where an input is used elsewhere too are the contributions to its
/// derivative added in another order.
///
/// - Parameters:
///   - inputs: everything that `function` depends on and that derivatives are wanted for. What it
///     captures beside counts as constant.
///   - function: evaluated at each call alike: without random numbers of a generator that goes on, or
///     statistics that it updates. Where nothing is recorded it is called once, as it is.
/// - Returns: its results, once differentiable; a second derivative traps.
public func recomputed(
  _ inputs: [Tensor], _ function: @escaping ([Tensor]) -> [Tensor]
) -> [Tensor] {
  guard isRecordingGradients, inputs.contains(where: \.requiresGradient) else {
    return function(inputs)
  }
  // The backward pass may run in a thread of libtorch's.
  let shard = BatchShard.current
  return withSelectiveBackward(inputs) {
    let given = inputs.map(\.detached)
    return (
      function(given),
      { seeds, isNeeded in
        precondition(!isRecordingGradients, "a second derivative through what is recomputed")
        let points = zip(given, isNeeded).map { $1 ? $0.differentiable() : $0 }
        let results = withGradients {
          BatchShard.$current.withValue(shard) { function(points) }
        }
        let reached = zip(results, seeds).filter { $0.requiresGradient && $1 != nil }
        var found = gradients(
          of: reached.map(\.0), wrt: points.filter(\.requiresGradient), seeds: reached.map(\.1)
        ).makeIterator()
        return isNeeded.map { $0 ? found.next()! : nil }
      }
    )
  }
}
