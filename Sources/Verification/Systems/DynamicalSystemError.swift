import FileFormats
import Foundation

/// Why a region of attraction cannot be looked for in a system.
public enum DynamicalSystemError: Error, Hashable, Sendable, CustomStringConvertible {
  case stateCount(Int)
  case outsideBox(state: String, value: Double, Double, Double)
  case notFinite(state: String, value: Double)
  case noEquilibrium(state: String, value: Double, tolerance: Double)
  /// A part of the field, such as a place in a formula, has a pole or no value near a place of the box.
  case unbounded(part: String?, states: [String], near: [Double])
  case notDifferentiable
  case unstable(growthRate: Double)

  public var description: String {
    switch self {
    case .stateCount(let count):
      "states: expected 1 to \(DynamicalSystem.mostStates), found \(count)"
    case .outsideBox(let state, let value, let low, let high):
      "box: expected an interval with the equilibrium inside, found \(state.echoed()) = \(value) "
        + "for [\(low), \(high)]"
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
