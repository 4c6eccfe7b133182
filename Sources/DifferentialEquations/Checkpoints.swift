import Tensors

/// The tape of a solution whose samples share their steps: what it takes to go through any part of it
/// again, to the bit.
///
/// States are kept at every so many steps, and every other one of them is dropped whenever there are too
/// many: of n steps O(√n) states and O(√n) steps between two of them. A step's graph is some thirty times
/// as large as a state (six stages of a dozen tensors), so that there may be as many more states.
struct Checkpoints {
  /// A state on the way.
  private struct Mark {
    let step: Int
    let state: Tensor
  }

  private var marks: [Mark] = []
  private var stride = 1
  private(set) var starts: [Double] = []
  private(set) var sizes: [Double] = []
  /// Of each requested time but the first: the step that gave it, and its place there from 0 to 1; nil for
  /// its end.
  private(set) var places: [(step: Int, position: Double?)] = []

  private static let statesPerStep = 32

  /// Notes a step from a state.
  mutating func note(from state: Tensor, at time: Double, size: Double) {
    if sizes.count % stride == 0 { marks.append(Mark(step: sizes.count, state: state)) }
    starts.append(time)
    sizes.append(size)
    if marks.count > Self.statesPerStep * stride {
      stride *= 2
      marks.removeAll { $0.step % stride != 0 }
    }
  }

  /// Notes where a requested time was.
  ///
  /// - Parameter position: in the step; nil for its end.
  mutating func noteOutput(ofStep step: Int, at position: Double?) {
    places.append((step, position))
  }

  /// Parts of the tape from the last to the first: the steps, and the state that they begin at.
  var segments: [(steps: Range<Int>, state: Tensor)] {
    let ends = marks.dropFirst().map(\.step) + [sizes.count]
    return zip(marks, ends).map { ($0.step..<$1, $0.state) }.reversed()
  }
}

/// Direct derivatives of a solution, one part of its tape after the other from the end.
struct CheckpointedSolution {
  let field: VectorField
  let parameters: [Tensor]
  let method: ButcherTableau
  let checkpoints: Checkpoints

  /// The states with their backward pass.
  func attach(to states: Tensor, from initial: Tensor) -> Tensor {
    let states = states.detached
    return withBackward([initial] + parameters) {
      (
        [states],
        { gradients in
          guard let gradient = gradients[0] else { return [nil] + parameters.map { _ in nil } }
          return derivatives(gradient)
        }
      )
    }[0]
  }

  /// The derivatives with respect to the initial state and each parameter.
  ///
  /// - Parameter gradient: those with respect to the states at each time.
  private func derivatives(_ gradient: Tensor) -> [Tensor] {
    var adjoint = Tensor.zeros(like: gradient[0])
    var sums = [Tensor?](repeating: nil, count: parameters.count)
    for (steps, state) in checkpoints.segments {
      let start = state.differentiable()
      let outputs = checkpoints.places.indices.filter {
        steps.contains(checkpoints.places[$0].step)
      }
      // It went well the first time, and goes the same way.
      let found = try? withGradients {
        Tensor.stacked(try repeated(steps, from: start, outputs: outputs))
      }
      guard let values = found else { preconditionFailure("steps that cannot be repeated") }
      let seeds = outputs.map { gradient[$0 + 1] } + [adjoint]
      let slopes = optionalGradient(
        of: values, wrt: [start] + parameters, seed: Tensor.stacked(seeds))
      adjoint = slopes[0] ?? Tensor.zeros(like: start)
      for (index, slope) in slopes.dropFirst().enumerated() {
        guard let slope else { continue }
        sums[index] = sums[index].map { $0 + slope } ?? slope
      }
    }
    return [adjoint + gradient[0]] + zip(sums, parameters).map { $0 ?? Tensor.zeros(like: $1) }
  }

  /// The states of a part of the tape at its requested times, and at its end.
  private func repeated(
    _ steps: Range<Int>, from start: Tensor, outputs: [Int]
  ) throws -> [Tensor] {
    let stepper = RungeKutta(tableau: method, field: CountedField(field))
    var (state, derivative): (Tensor, Tensor?) = (start, nil)
    var values: [Tensor] = []
    for index in steps {
      let (time, size) = (checkpoints.starts[index], checkpoints.sizes[index])
      var step = try stepper.step(
        from: state, derivative: derivative ?? stepper.field(.shared(time), state),
        at: .shared(time), size: .shared(size))
      for output in outputs where checkpoints.places[output].step == index {
        guard let position = checkpoints.places[output].position else {
          values.append(step.end)
          continue
        }
        if step.stages.count == method.stageCount {
          step = try stepper.completed(step, at: .shared(time))
        }
        values.append(step.state(at: position))
      }
      state = step.end
      derivative = step.endDerivative
    }
    return values + [state]
  }
}
