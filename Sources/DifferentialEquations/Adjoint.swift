import Tensors

/// How a solution is differentiated. Step sizes are constants in all.
public enum GradientMode {
  /// By automatic differentiation through the accepted steps: the exact derivative of what was
  /// computed, with memory for every step.
  case direct
  /// By integrating the adjoint a = dL/dy backwards together with the state (Chen et al., "Neural
  /// Ordinary Differential Equations", NeurIPS 2018, algorithm 1),
  ///
  ///     da/dt = -(∂f/∂y)ᵀ a,    dL/dθ = ∫ (∂f/∂θ)ᵀ a dt
  ///
  /// with memory for one evaluation and the states at the requested times: the derivative of the
  /// exact solution, up to the tolerance. Derivatives reach the initial state and `parameters`
  /// only. The backward pass takes the forward pass's method and tolerance, in one step size for
  /// the batch; should it fail, the derivatives are NaN and `AdjointRecord.failure` says why.
  case adjoint(parameters: [Tensor])
  /// The derivatives of `direct`, exact for what was computed, from O(√n) of its n states: the backward
  /// pass goes through the accepted steps again, a few at a time from the end (Griewank, Walther 2000,
  /// with one level). Takes about one more forward pass. For steps that samples share. Derivatives reach
  /// the initial state and `parameters` only, which are whatever recorded tensors the field uses.
  case checkpointed(parameters: [Tensor])
}

/// What the backward pass of the adjoint did.
public final class AdjointRecord {
  /// Its work, summed over the intervals between requested times; nil before it ran.
  public internal(set) var statistics: Solution.Statistics?
  /// Why it could not be completed, if so.
  public internal(set) var failure: (any Error)?
}

/// The adjoint equations of a solution.
struct Adjoint {
  let field: VectorField
  let parameters: [Tensor]
  let times: [Double]
  let method: ButcherTableau
  let steps: StepControl

  /// The solution with the adjoint for its backward pass.
  func attach(to solution: Solution, from initial: Tensor) -> Solution {
    let record = AdjointRecord()
    let states = solution.states.detached
    let results = withBackward([initial] + parameters) {
      (
        [states],
        { gradients in
          guard let gradient = gradients[0] else { return [nil] + parameters.map { _ in nil } }
          do {
            return try derivatives(at: states, gradient, record)
          } catch {
            record.failure = error
            return ([initial] + parameters).map { Tensor.zeros(like: $0) + .nan }
          }
        }
      )
    }
    return Solution(
      states: results[0], times: times, statistics: solution.statistics, steps: solution.steps,
      adjoint: record)
  }

  /// The derivatives with respect to the initial state and each parameter.
  ///
  /// - Parameter gradient: those with respect to the states at each time.
  private func derivatives(
    at states: Tensor, _ gradient: Tensor, _ record: AdjointRecord
  ) throws -> [Tensor] {
    let last = times.count - 1
    var statistics = Solution.Statistics()
    var adjoint = gradient[last]
    var sums = parameters.map { Tensor.zeros(like: $0) }
    for index in stride(from: last, to: 0, by: -1) {
      let parts = [states[index], adjoint] + sums
      var solution: Solution
      do {
        solution = try integrate(
          .timed { time, packed in try rates(time, packed, like: parts) },
          from: pack(parts), at: [times[index], times[index - 1]], method: method, steps: steps)
      } catch var failure as IntegrationFailure {
        failure.samples = []
        throw failure
      }
      let end = unpack(solution.finalState, like: parts)
      adjoint = end[1] + gradient[index - 1]
      sums = Array(end[2...])
      statistics.add(solution.statistics)
    }
    record.statistics = statistics
    return [adjoint] + sums
  }

  /// d/dt of (y, a, dL/dθ), all in one vector.
  private func rates(_ time: Double, _ packed: Tensor, like parts: [Tensor]) throws -> Tensor {
    let values = unpack(packed, like: parts)
    let state = values[0].differentiable()
    let derivative = try withGradients {
      switch field {
      case .autonomous(let f): try f(state)
      case .staged(let f): try f(state)
      case .timed(let f): try f(time, state)
      case .conditioned(let f): try f(state, nil)
      }
    }
    guard derivative.requiresGradient else {
      return pack([derivative] + parts.dropFirst().map { Tensor.zeros(like: $0) })
    }
    let products = gradient(of: derivative, wrt: [state] + parameters, seed: -values[1])
    return pack([derivative.detached] + products)
  }

  private func pack(_ parts: [Tensor]) -> Tensor {
    Tensor.concatenated(parts.map { $0.reshaped([-1]) })
  }

  private func unpack(_ packed: Tensor, like parts: [Tensor]) -> [Tensor] {
    var start = 0
    return parts.map { part in
      defer { start += part.count }
      return packed.sliced(start..<start + part.count).reshaped(part.shape)
    }
  }
}

extension Solution.Statistics {
  fileprivate mutating func add(_ other: Self) {
    evaluations += other.evaluations
    acceptedSteps += other.acceptedSteps
    rejectedSteps += other.rejectedSteps
    smallestStep = min(smallestStep, other.smallestStep)
    largestStep = max(largestStep, other.largestStep)
  }
}
