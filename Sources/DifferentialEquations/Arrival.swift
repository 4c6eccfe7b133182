import Tensors

/// Times and states of events as functions of all that they depend on.
///
/// One step of Newton's method from the zero that was found, y(t) taken for a line of slope f: its
/// value is what was found, and its derivative that of the implicit function theorem.
struct Arrival {
  /// [M], float64, on the CPU.
  let times: Tensor
  /// [M, ...].
  let states: Tensor

  /// Nil where nothing is recorded.
  ///
  /// - Parameters:
  ///   - times: t*.
  ///   - states: y(t*) at these times, fixed, recorded.
  init?(of event: Event, field: CountedField, at times: [Double], states: Tensor) throws {
    let residual = try event.values(times, states)
    guard residual.requiresGradient || states.requiresGradient else { return nil }
    let velocity = try withoutGradients { try field(.rows(times), states.detached) }

    // dg/dt along the trajectory.
    let time = Tensor(times, shape: [times.count]).like(states).differentiable()
    let state = states.detached.differentiable()
    let value = try withGradients { try event.function(time, state) }
    var slope = Tensor.zeros(like: residual.detached)
    if value.requiresGradient {
      let parts = gradient(of: value.sum(), wrt: [time, state])
      slope = parts[0] + (parts[1] * velocity).reshaped([times.count, -1]).sum(along: 1)
    }

    let shift = -(residual - residual.detached) / slope
    self.times = Tensor(times, shape: [times.count]) + shift.to(.cpu).to(.float64)
    let column = [times.count] + states.shape.dropFirst().map { _ in 1 }
    self.states = states + velocity * shift.reshaped(column)
  }
}
