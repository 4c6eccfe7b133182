/// A sum of parts, each differentiated as soon as it is computed, so that the graph of one part is all
/// that is held at a time, and none of them is computed twice:
///
///     Σ_p f_p(slices p of the inputs).
///
/// Parts are added in their order, whatever memory there is: neither the sum nor its derivatives
/// depend on anything but the parts.
///
/// - Parameters:
///   - inputs: tensors with a common first extent; derivatives are with respect to these alone.
///   - ranges: which slices along the first axis each part depends on. They ascend: each is that of the
///     part before or begins where that ended, or later.
///   - part: the part p, a single element, from its slices.
/// - Returns: the sum, once differentiable.
public func sumOfParts(
  _ inputs: [Tensor], over ranges: [Range<Int>], _ part: (_ p: Int, _ slices: [Tensor]) -> Tensor
) -> Tensor {
  precondition(
    !ranges.isEmpty
      && zip(ranges, ranges.dropFirst()).allSatisfy { $0 == $1 || $0.upperBound <= $1.lowerBound },
    "parts over ascending ranges, not \(ranges)")
  let isDifferentiated = inputs.map { isRecordingGradients && $0.requiresGradient }
  return withBackward(inputs) {
    var derivatives = SliceDerivatives(of: inputs.filter(\.requiresGradient))
    var sum: Tensor?
    for (p, range) in ranges.enumerated() {
      let slices = zip(inputs, isDifferentiated).map { input, isDifferentiated in
        let slice = input.detached.sliced(range)
        return isDifferentiated ? slice.differentiable() : slice
      }
      let wanted = slices.filter(\.requiresGradient)
      let value = wanted.isEmpty ? part(p, slices) : withGradients { part(p, slices) }
      if !wanted.isEmpty { derivatives.add(gradient(of: value, wrt: wanted), at: range) }
      sum = sum.map { $0 + value.detached } ?? value.detached
    }
    let found = derivatives.joined
    return (
      [sum!],
      { seeds in
        var next = found.makeIterator()
        return isDifferentiated.map { $0 ? next.next()! * seeds[0]! : nil }
      }
    )
  }[0]
}

/// Derivatives with respect to slices of tensors, put together to those of the whole.
private struct SliceDerivatives {
  private let tensors: [Tensor]
  private var range = 0..<0
  /// Of the slices in `range`.
  private var present: [Tensor] = []
  /// Of all before, for each tensor.
  private var past: [[Tensor]]

  init(of tensors: [Tensor]) {
    self.tensors = tensors.map(\.detached)
    past = tensors.map { _ in [] }
  }

  mutating func add(_ derivatives: [Tensor], at range: Range<Int>) {
    if range == self.range {
      present = zip(present, derivatives).map { $0 + $1 }
    } else {
      close(upTo: range.lowerBound)
      self.range = range
      present = derivatives
    }
  }

  /// Moves on to a place of the first axis, with zeros for what no part depended on.
  private mutating func close(upTo place: Int) {
    for (index, tensor) in tensors.enumerated() {
      if !present.isEmpty { past[index].append(present[index]) }
      if place > range.upperBound {
        past[index].append(.zeros(like: tensor.sliced(range.upperBound..<place)))
      }
    }
  }

  /// For each tensor one of its shape.
  var joined: [Tensor] {
    var all = self
    all.close(upTo: tensors.first?.shape[0] ?? 0)
    return all.past.map { $0.count == 1 ? $0[0] : .concatenated($0) }
  }
}
