import Tensors

/// A solution that could not be continued: why, when, where, and what to do.
public struct IntegrationFailure: Error, Sendable, Hashable {
  public enum Cause: Sendable, Hashable {
    /// The step that the error allows is too small to move the time.
    case stepUnderflow(size: Double)
    /// `AdaptiveSteps.maximumSteps` was reached.
    case tooManySteps(limit: Int)
    /// The state has an infinite element or a NaN.
    case nonFiniteState
    /// The field has an infinite element or a NaN, however small the step.
    case nonFiniteDerivative
  }

  public let cause: Cause
  /// The time reached.
  public let time: Double
  /// The first samples concerned (rows of the first axis), at most four; for a failure by error
  /// those with the largest. Empty where the state has no samples (the backward adjoint).
  public internal(set) var samples: [Int]
  /// Steps so far, accepted or not.
  public let steps: Int
  /// The largest finite |y| at that time.
  public let largestMagnitude: Double

  /// What to do about it.
  public var remedy: String {
    switch cause {
    case .stepUnderflow:
      "the field is too stiff or its solution leaves every bound: loosen the tolerance, bound or "
        + "scale down the field, end at an earlier time, or take fixed steps"
    case .tooManySteps:
      "raise AdaptiveSteps.maximumSteps, loosen the tolerance, or scale down the field"
    case .nonFiniteState:
      steps == 0
        ? "check the initial state"
        : "take smaller steps, bound the field, or let the error choose the steps "
          + "(StepControl.adaptive)"
    case .nonFiniteDerivative:
      "check the field and its parameters (a training that diverged leaves NaN there) and that the "
        + "field is defined at the states it meets"
    }
  }
}

extension IntegrationFailure: CustomStringConvertible {
  public var description: String {
    let what =
      switch cause {
      case .stepUnderflow(let size): "the step size fell to \(size)"
      case .tooManySteps(let limit): "\(limit) steps were not enough"
      case .nonFiniteState: "the state is not finite"
      case .nonFiniteDerivative: "the field is not finite"
      }
    let place =
      samples.isEmpty
      ? ""
      : " in sample\(samples.count == 1 ? "" : "s") "
        + samples.map(String.init).joined(separator: ", ")
    return "the differential equation could not be solved: \(what) at t = \(time)\(place), after "
      + "\(steps) step\(steps == 1 ? "" : "s"), largest |y| = \(largestMagnitude); \(remedy)"
  }
}

extension IntegrationFailure {
  /// A failure at a state.
  init(_ cause: Cause, time: Double, state: Tensor, samples: [Int], steps: Int) {
    self.cause = cause
    self.time = time
    self.steps = steps
    self.samples = Array(samples.prefix(4))
    largestMagnitude = withoutGradients {
      Tensor.select(state.isFinite, state.magnitude, Tensor.zeros(like: state)).max().item
    }
  }
}

extension Tensor {
  /// Rows of the first axis that hold an infinite element or a NaN.
  var nonFiniteRows: [Int] {
    withoutGradients {
      let finite = isFinite.reshaped([shape[0], -1]).all(along: 1)
      return (.!finite).trueIndices.integers
    }
  }
}
