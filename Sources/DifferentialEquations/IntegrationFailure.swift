import Foundation
import Tensors

/// A solution that could not be continued: why, when, where, and what to do.
public struct IntegrationFailure: Error, Sendable, Hashable {
  /// What stopped a solution.
  public enum Cause: Sendable, Hashable {
    /// The step that the error allows is too small to move the time.
    case stepUnderflow(size: Double)
    /// `AdaptiveSteps.maximumSteps` was reached.
    case tooManySteps(limit: Int)
    /// The state has an infinite element or a NaN.
    case nonFiniteState
    /// The field has an infinite element or a NaN, however small the step.
    case nonFiniteDerivative
    /// An event's function is infinite or a NaN.
    case nonFiniteEvent
  }

  /// What stopped it.
  public let cause: Cause
  /// The time reached: the last one at which the state is finite.
  public let time: Double
  /// The first samples concerned (rows of the first axis), at most four; for a failure by error
  /// those with the largest. Empty where the state has no samples (the backward adjoint).
  public internal(set) var samples: [Int]
  /// Steps so far, accepted or not.
  public let steps: Int
  /// The largest finite |y| at that time; nil if no element is finite.
  public let largestMagnitude: Double?
  /// How each remedy is done where the solver was set up; what is absent cannot be done there.
  public var advice = Remedy.advice

  /// What to do about it.
  public var remedy: String {
    remedies.compactMap { advice[$0] }.joined(separator: ", or ")
  }

  /// What may help, the most likely first.
  private var remedies: [Remedy] {
    switch cause {
    case .stepUnderflow: [.loosenTolerance, .boundField, .endEarlier, .takeFixedSteps]
    case .tooManySteps: [.allowMoreSteps, .loosenTolerance, .boundField, .takeFixedSteps]
    case .nonFiniteState:
      steps == 0 ? [.checkInitialState] : [.takeSmallerSteps, .letErrorChooseSteps, .boundField]
    case .nonFiniteDerivative: [.checkField]
    case .nonFiniteEvent: [.checkEvent]
    }
  }
}

extension IntegrationFailure {
  /// Something that may help.
  public enum Remedy: Sendable, Hashable, CaseIterable {
    case loosenTolerance, allowMoreSteps, takeFixedSteps, takeSmallerSteps, letErrorChooseSteps
    case endEarlier, boundField, checkInitialState, checkField, checkEvent

    /// How each is done by a caller of `solve`.
    public static let advice: [Remedy: String] = [
      .loosenTolerance: "loosen the tolerance",
      .allowMoreSteps: "raise AdaptiveSteps.maximumSteps",
      .takeFixedSteps: "take fixed steps (StepControl.stepSize)",
      .takeSmallerSteps: "take smaller steps",
      .letErrorChooseSteps: "let the error choose the steps (StepControl.adaptive)",
      .endEarlier: "end at an earlier time",
      .boundField: "bound or scale down the field",
      .checkInitialState: "check the initial state",
      .checkField: "check the field and its parameters (a training that diverged leaves NaN there) "
        + "and that the field is defined at the states it meets",
      .checkEvent: "check that the event's function is defined at the states it meets",
    ]
  }
}

extension IntegrationFailure {
  /// Runs `body`, whose failures say of each remedy how it is done by `advice`; so does its refusal of a
  /// tolerance that no step can meet.
  ///
  /// - Throws: what `body` throws.
  public static func advising<Result>(
    _ advice: [Remedy: String], _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch var failure as IntegrationFailure {
      failure.advice = advice
      throw failure
    } catch ProblemError.toleranceBelowRounding(let tolerance, let dtype, let rounding, let remedy)
    {
      throw ProblemError.toleranceBelowRounding(
        tolerance: tolerance, dtype: dtype, rounding: rounding,
        remedy: advice[.loosenTolerance] ?? remedy)
    }
  }
}

extension IntegrationFailure: CustomStringConvertible {
  public var description: String {
    let what =
      switch cause {
      case .stepUnderflow(let size):
        "the field is too stiff or its solution leaves every bound: the step size fell to "
          + "\(String(format: "%.3g", size)) "
          + "at"
      case .tooManySteps(let limit): "\(limit) steps were not enough: they ended at"
      case .nonFiniteState where steps == 0: "the initial state is not finite at"
      case .nonFiniteState: "the state is not finite beyond"
      case .nonFiniteDerivative: "the field is not finite at"
      case .nonFiniteEvent: "the event's function is not finite at"
      }
    let place =
      samples.isEmpty
      ? ""
      : " in sample\(samples.count == 1 ? "" : "s") "
        + samples.map(String.init).joined(separator: ", ")
    let magnitude =
      largestMagnitude.map { "largest |y| = \(String(format: "%.4g", $0))" }
      ?? "no element of y finite"
    return
      "the differential equation could not be solved: \(what) t = \(String(format: "%.6g", time))\(place), after "
      + "\(steps) step\(steps == 1 ? "" : "s"), \(magnitude); \(remedy)"
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
      let finite = state.isFinite
      guard finite.any().isTrue else { return nil }
      return Tensor.select(finite, state.magnitude, Tensor.zeros(like: state)).max().item
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
