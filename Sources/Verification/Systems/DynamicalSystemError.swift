import Failures
import Foundation

/// Why a region of attraction cannot be looked for in a system.
public enum DynamicalSystemError: Error, Hashable, Sendable, CustomStringConvertible {
  case stateCount(Int)
  case outsideBox(state: String, value: Double, Double, Double)
  case extremeWidth(state: String, Double, Double)
  case notFinite(state: String, value: Double)
  case noEquilibrium(state: String, value: Double, tolerance: Double)
  /// A part of the field, such as a place in a formula, has a pole or no value near a place of the box.
  case unbounded(part: String?, states: [String], near: [Double])
  case notDifferentiable
  case extremeSlope(Double)
  case unstable(growthRate: Double)

  public var description: String {
    switch self {
    case .stateCount(let count):
      "states: expected 1 to \(DynamicalSystem.mostStates), found \(count)"
    case .outsideBox(let state, let value, let low, let high):
      "box: expected an interval with the equilibrium inside, found \(state.echoed()) = \(value) "
        + "for [\(low), \(high)]"
    case .extremeWidth(let state, let low, let high):
      "box: expected an interval of a width from 1e-100 to 1e100, found \(state.echoed()) in "
        + "[\(low), \(high)]. Choose another unit of \(state.echoed())."
    case .notFinite(let state, let value):
      "equilibrium: expected a finite rate of \(state.echoed()) there, found \(value.short)"
    case .noEquilibrium(let state, let value, let tolerance):
      "equilibrium: expected a point where nothing changes, found d\(state.echoed())/dt = \(value.short) "
        + "there, which is more than rounding (\(tolerance.short)). Give the equilibrium to all digits."
    case .unbounded(let part, let states, let place):
      "\(part ?? "the field"): expected what is bounded everywhere in the box, found a pole or no value "
        + "near "
        + zip(states, place).map { "\($0.echoed()) = \($1.short)" }.joined(separator: ", ")
        + ". Make the box smaller, or write the formula otherwise."
    case .notDifferentiable:
      "equilibrium: expected finite derivatives of the equations there, found others"
    case .extremeSlope(let slope):
      "equilibrium: expected derivatives of the equations of 1e-100 to 1e100 there, found "
        + "\(slope.short). Choose another unit of time."
    case .unstable(let rate):
      "equilibrium: expected a stable one, whose linearization has eigenvalues with negative real "
        + "parts, found the largest real part \(rate.short). It has no region of attraction that "
        + "can be proven so."
    }
  }
}

extension Double {
  /// Six digits, as a message shows them.
  fileprivate var short: String { isNaN ? "nan" : String(format: "%.6g", self) }
}
