import Foundation
import Tensors

extension DynamicalSystem {
  /// The largest number of states: a grid of all of the box has to fit into memory.
  public static let mostStates = 6
  /// |f(c)| beyond which c is no equilibrium, as a share of the largest |f| at the box's corners.
  static let equilibriumTolerance = 1e-9
  /// Sizes whose squares and products are numbers too.
  static let sizes = 1e-100...1e100

  /// Whether a region of attraction can be looked for.
  ///
  /// - Parameter states: the names of the coordinates, for errors.
  /// - Throws: `DynamicalSystemError` if c is no stable equilibrium inside the box.
  public func validate(states: [String]) throws(DynamicalSystemError) {
    precondition(states.count == dimension, "\(states.count) names for \(dimension) states")
    guard dimension <= Self.mostStates else { throw .stateCount(dimension) }
    for (state, (value, side)) in zip(states, zip(equilibrium, box)) {
      guard side.lowerBound < value, value < side.upperBound else {
        throw .outsideBox(state: state, value: value, side.lowerBound, side.upperBound)
      }
      guard Self.sizes.contains(side.upperBound - side.lowerBound) else {
        throw .extremeWidth(state: state, side.lowerBound, side.upperBound)
      }
    }
    try validateEquilibrium(states)
    try validateDomain(states)
    let matrix = linearization
    guard matrix.isFinite.all().isTrue else { throw .notDifferentiable }
    let slope = matrix.magnitude.max().item
    guard slope == 0 || Self.sizes.contains(slope) else { throw .extremeSlope(slope) }
    let rate = LinearSystem(matrix).growthRate
    guard rate < -1e-6 * matrix.norm.item else { throw .unstable(growthRate: rate) }
  }

  /// The field has to be bounded in the box: no trajectory is followed through a pole, and nothing is
  /// proven next to one. Told on pieces, over which interval arithmetic is sharp.
  private func validateDomain(_ states: [String]) throws(DynamicalSystemError) {
    let program = Program(dimension: dimension, outputs: [field])
    let pieces = Boxes(box).pieces(along: dimension <= 2 ? 64 : dimension == 3 ? 20 : 6)
    let range = IntervalBounds().enclosures(of: program, over: pieces)[0].range
    let isKnown = (range.lower + range.upper).isFinite.all(along: 1)
    guard let first = (.!isKnown).trueIndices.integers.first else { return }
    let piece = pieces.sliced(first..<first + 1)
    throw .unbounded(
      part: program.firstUnbounded(over: piece), states: states, near: piece.centers.doubles)
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
  /// One box cut into equal pieces, so many along each axis.
  fileprivate func pieces(along count: Int) -> Boxes {
    precondition(self.count == 1, "pieces of \(self.count) boxes")
    let shape = [Int](repeating: count, count: dimension)
    func places(_ offset: Double) -> Tensor {
      let line = (Tensor.range(count, dtype: .float64) + offset) * (1 / Double(count))
      let shares = Tensor.stacked(
        (0..<dimension).map { axis in
          line.reshaped((0..<dimension).map { $0 == axis ? count : 1 }).expanded(shape).flattened()
        }, along: 1)
      return lower + widths * shares
    }
    return Boxes(lower: places(0), upper: places(1))
  }

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
