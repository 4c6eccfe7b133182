import Foundation
import Tensors

/// A problem or a choice of method that no solver can take, found before anything is computed.
public enum ProblemError: Error, Sendable, Hashable {
  /// Times are not finite, or neither strictly increasing nor strictly decreasing.
  case times([Double])
  /// The initial state is not of a floating-point type or has no axis of samples.
  case initialState(shape: [Int], dtype: DType)
  /// A setting of the steps is out of range.
  case steps(String)
  /// A setting of an event is out of range.
  case event(String)
  /// The method has no error estimate or no interpolant.
  case notAdaptive(method: String)
  /// The given steps end before the last time.
  case sequenceTooShort(steps: Int, time: Double)
  /// A requested time lies inside a step of a method that has no interpolant.
  case noInterpolant(method: String, time: Double)
  /// The backward adjoint chooses its own steps.
  case adjointOfSequence
  /// A method with implicit stages where only explicit ones serve.
  case notExplicit(method: String, purpose: String)
  /// A tolerance below the rounding of the state.
  case toleranceBelowRounding(
    tolerance: Double, dtype: DType, rounding: Double, remedy: String = "take a larger one")
  /// Checkpoints are of steps that all samples share.
  case checkpointsOfSamples
}

extension ProblemError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .times(let times):
      "times must be finite and strictly increasing or strictly decreasing, found \(times)"
    case .initialState(let shape, let dtype):
      "an initial state is a float32 or float64 tensor [N, ...], found \(dtype) \(shape)"
    case .steps(let message), .event(let message): message
    case .notAdaptive(let method):
      "\(method) cannot choose its steps: take \(ButcherTableau.names(isAdaptive: true)), or fixed "
        + "steps"
    case .sequenceTooShort(let steps, let time):
      "the \(steps) given steps end at t = \(time), before the last requested time"
    case .noInterpolant(let method, let time):
      "t = \(time) lies inside a step and \(method) has only its ends: take "
        + "\(ButcherTableau.names(isAdaptive: true)), or steps that end there"
    case .adjointOfSequence:
      "the backward adjoint chooses its own steps: take direct gradients with given steps"
    case .notExplicit(let method, let purpose):
      "\(method) solves a linear system a row, which \(purpose) cannot: take "
        + ButcherTableau.names { $0.isExplicit && $0.isAdaptive }
    case .toleranceBelowRounding(let tolerance, let dtype, let rounding, let remedy):
      "a tolerance of \(tolerance) is below the rounding of \(dtype), "
        + String(format: "%.1e", rounding) + ": no step can meet it; \(remedy)"
        + (dtype == .float64 ? "" : ", or compute in float64 (--set precision=float64)")
    case .checkpointsOfSamples:
      "checkpointed gradients need steps that all samples share: choose them by the error of the batch"
    }
  }
}

extension ProblemError {
  /// Throws unless the problem can be posed.
  static func check(
    initial: Tensor, times: [Double], method: ButcherTableau, steps: StepControl
  ) throws {
    guard initial.rank >= 1, initial.dtype.isFloatingPoint else {
      throw initialState(shape: initial.shape, dtype: initial.dtype)
    }
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
    guard !times.isEmpty, times.allSatisfy(\.isFinite),
      gaps.allSatisfy({ $0 > 0 }) || gaps.allSatisfy({ $0 < 0 })
    else { throw self.times(times) }
    switch steps {
    case .stepsPerInterval(let count):
      guard 1...StepControl.largestStepCount ~= count else {
        throw self.steps(
          "steps an interval must be 1 to \(StepControl.largestStepCount), found \(count)")
      }
    case .stepSize(let size):
      guard size > 0, size.isFinite else {
        throw self.steps("a step size must be positive, found \(size)")
      }
      // Not a number of steps yet: it may be beyond all integers.
      let most = gaps.map { abs($0) / size }.max() ?? 0
      guard most <= Double(StepControl.largestStepCount) else {
        throw self.steps(
          "steps of \(size) from t = \(times[0]) to \(times[times.count - 1]) are more than "
            + "\(StepControl.largestStepCount) an interval: take larger ones")
      }
    case .adaptive(let steps):
      guard method.isAdaptive else { throw notAdaptive(method: method.name) }
      try steps.check()
      try steps.tolerance.check(for: initial.dtype)
    case .fixedSequence(.shared): break
    case .fixedSequence(.perSample(let rows)):
      guard method.isAdaptive else { throw notAdaptive(method: method.name) }
      guard rows.count == initial.shape[0] else {
        throw self.steps("step sequences for \(rows.count) samples, found \(initial.shape[0])")
      }
    }
  }
}

extension Event {
  /// Throws unless every setting is in range.
  func check() throws(ProblemError) {
    guard tolerance > 0, tolerance.isFinite else {
      throw .event("the tolerance of an event must be positive, found \(tolerance)")
    }
    guard ending.map({ $0 >= 1 }) ?? true else {
      throw .event("the zero that ends a sample is at least the first, found number \(ending!)")
    }
  }
}

extension AdaptiveSteps {
  /// Throws unless every setting is in range.
  func check() throws(ProblemError) {
    guard tolerance.isValid else {
      throw .steps(
        "a tolerance must be positive, found absolute \(tolerance.absolute), relative "
          + "\(tolerance.relative)")
    }
    guard firstStep.map({ $0 > 0 && $0.isFinite }) ?? true, largestStep > 0 else {
      throw .steps("the first and the largest step must be positive")
    }
    guard maximumSteps >= 1 else {
      throw .steps("maximumSteps must be at least 1, found \(maximumSteps)")
    }
    if case .proportionalIntegral(let beta) = controller, !(0...0.1 ~= beta) {
      throw .steps("beta of proportional-integral control must be in [0, 0.1], found \(beta)")
    }
  }
}
