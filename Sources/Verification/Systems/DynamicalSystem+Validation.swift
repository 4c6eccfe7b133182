import Foundation
import Tensors

extension DynamicalSystem {
  /// The largest number of states: a grid of all of the box has to fit into memory.
  public static let mostStates = 6
  /// |f(c)| beyond which c is no equilibrium, as a share of the largest |f| at the box's corners.
  static let equilibriumTolerance = 1e-9

  /// Whether a region of attraction can be looked for.
  ///
  /// - Parameter states: the names of the coordinates, for errors.
  /// - Throws: `DynamicalSystemError` if c is no stable equilibrium inside the box.
  public func validate(states: [String]) throws(DynamicalSystemError) {
    precondition(states.count == dimension, "\(states.count) names for \(dimension) states")
    guard dimension <= Self.mostStates else { throw .stateCount(dimension) }
    for (state, (value, side)) in zip(states, zip(equilibrium, box)) {
      let isFinite = (side.upperBound - side.lowerBound).isFinite
      guard isFinite, side.lowerBound < value, value < side.upperBound else {
        throw .outsideBox(state: state, value: value, side.lowerBound, side.upperBound)
      }
    }
    try validateEquilibrium(states)
    let matrix = linearization
    guard matrix.isFinite.all().isTrue else { throw .notDifferentiable }
    let rate = LinearSystem(matrix).growthRate
    guard rate < -1e-6 * matrix.norm.item else { throw .unstable(growthRate: rate) }
  }

  private func validateEquilibrium(_ states: [String]) throws(DynamicalSystemError) {
    let rates = velocities(at: Tensor(equilibrium, shape: [1, dimension])).doubles
    for (state, value) in zip(states, rates) where !value.isFinite {
      throw .notFinite(state: state, value: value)
    }
    let corners = velocities(at: Boxes(box).corners).magnitude
    let scale = Tensor.select(corners.isFinite, corners, .zeros(like: corners)).max().item
    let tolerance = Self.equilibriumTolerance * max(scale, 1e-3)
    let worst = rates.indices.max { abs(rates[$0]) < abs(rates[$1]) }!
    guard abs(rates[worst]) <= tolerance else {
      throw .noEquilibrium(state: states[worst], value: rates[worst], tolerance: tolerance)
    }
  }
}

extension Boxes {
  /// The 2^d corners of one box, [2^d, d].
  fileprivate var corners: Tensor {
    precondition(count == 1, "corners of \(count) boxes")
    let (low, high) = (lower.doubles, upper.doubles)
    let values = (0..<1 << dimension).flatMap { corner in
      (0..<dimension).map { corner >> $0 & 1 == 0 ? low[$0] : high[$0] }
    }
    return Tensor(values, shape: [1 << dimension, dimension])
  }
}
