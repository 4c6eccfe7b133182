import Tensors

/// The states of an initial value problem at the requested times.
public struct Solution {
  /// y(t_0), ..., y(t_K-1): [K, N, ...], where y(t_0) is the initial state.
  public let states: Tensor
  /// t_0, ..., t_K-1, as they were asked for.
  public let times: [Double]
  /// The work of the forward pass.
  public let statistics: Statistics
  /// The accepted steps, for `StepControl.fixedSequence`.
  public let steps: StepSequence
  /// What the backward pass did, once it ran; nil for `GradientMode.direct`.
  public let adjoint: AdjointRecord?

  init(
    states: Tensor, times: [Double], statistics: Statistics, steps: StepSequence,
    adjoint: AdjointRecord?
  ) {
    self.states = states
    self.times = times
    self.statistics = statistics
    self.steps = steps
    self.adjoint = adjoint
  }

  /// A solution that is known without steps: no evaluations of the field.
  ///
  /// - Parameter states: [K, N, ...], at each of the K times.
  public init(closedForm states: Tensor, times: [Double]) {
    precondition(states.shape[0] == times.count, "\(states.shape) at \(times.count) times")
    self.init(
      states: states, times: times, statistics: .init(), steps: .shared([]), adjoint: nil)
  }

  /// The state at the last requested time: [N, ...].
  public var finalState: Tensor { states[times.count - 1] }
  /// The last requested time, t_K-1.
  public var endTime: Double { times[times.count - 1] }

  /// The work of a solution.
  public struct Statistics: Sendable, Hashable, Codable {
    /// Calls of the field; the Jacobian of a Rosenbrock method counts as one more for each of its rows.
    public internal(set) var evaluations = 0
    /// Accepted steps; summed over the samples where they have their own.
    public internal(set) var acceptedSteps = 0
    /// Steps taken back because of their error; summed likewise.
    public internal(set) var rejectedSteps = 0
    /// The length of the shortest accepted step; infinite if there was none.
    public internal(set) var smallestStep = Double.infinity
    /// The length of the longest accepted step; 0 if there was none.
    public internal(set) var largestStep = 0.0

    mutating func accept(_ size: Double) {
      acceptedSteps += 1
      smallestStep = min(smallestStep, abs(size))
      largestStep = max(largestStep, abs(size))
    }
  }
}
