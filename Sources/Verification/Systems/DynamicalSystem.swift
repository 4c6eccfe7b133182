import Foundation
import Tensors

/// dx/dt = f(x) with a stable equilibrium c in a box: what a region of attraction is looked for in.
///
/// ```swift
/// let pendulum = try DynamicalSystem(
///   states: ["x", "y"], equilibrium: [0, 0], box: [-4...4, -4...4]
/// ) { x in .concatenated([x[1], -x[0].sin - x[1] * 0.5]) }
/// ```
public struct DynamicalSystem: Sendable {
  /// The largest number of states: a grid of all of the box has to fit into memory.
  public static let mostStates = 6
  /// |f(c)| beyond which c is no equilibrium, as a share of the largest |f| in the box.
  static let equilibriumTolerance = 1e-9

  /// The names of the coordinates of x.
  public let states: [String]
  /// f as a function of the place, n components.
  public let field: Term
  /// c.
  public let equilibrium: [Double]
  /// The part of the state space that is looked at: c is inside.
  public let box: [ClosedRange<Double>]
  /// A = Df(c).
  public let linearization: LinearSystem

  private let program: Program

  /// A system whose field is a function of the place.
  ///
  /// - Parameter field: f of the place, a term of n components.
  /// - Throws: `DynamicalSystemError` if c is no stable equilibrium inside the box.
  public init(
    states: [String], equilibrium: [Double], box: [ClosedRange<Double>],
    field: (Term) throws -> Term
  ) throws {
    let dimension = states.count
    guard (1...Self.mostStates).contains(dimension) else {
      throw DynamicalSystemError.stateCount(dimension)
    }
    guard equilibrium.count == dimension, box.count == dimension else {
      throw DynamicalSystemError.differentCounts(
        states: dimension, equilibrium: equilibrium.count, box: box.count)
    }
    for (index, (value, side)) in zip(equilibrium, box).enumerated() {
      guard side.lowerBound < value, value < side.upperBound, side.isFinite else {
        throw DynamicalSystemError.outsideBox(
          state: states[index], value: value, side.lowerBound, side.upperBound)
      }
    }
    self.states = states
    self.equilibrium = equilibrium
    self.box = box
    self.field = try field(.state(dimension))
    precondition(
      self.field.width == dimension,
      "a field of \(self.field.width) components for \(dimension) states")
    program = Program(dimension: dimension, outputs: [self.field])
    let center = Tensor(equilibrium, shape: [1, dimension])
    let rows = Program(dimension: dimension, outputs: self.field.jacobian(dimension: dimension))
      .values(at: center)
    linearization = LinearSystem(Tensor.concatenated(rows))
    try checkEquilibrium(at: center)
  }

  public var dimension: Int { states.count }

  /// f at places [N, n] in float64.
  public func velocity(at places: Tensor) -> Tensor { program.values(at: places)[0] }

  private func checkEquilibrium(at center: Tensor) throws {
    let rates = velocity(at: center).doubles
    for (index, value) in rates.enumerated() where !value.isFinite {
      throw DynamicalSystemError.notFinite(state: states[index], value: value)
    }
    let corners = velocity(at: Boxes(box).corners).magnitude
    let scale = Tensor.select(corners.isFinite, corners, .zeros(like: corners)).max().item
    let tolerance = Self.equilibriumTolerance * max(scale, 1e-3)
    if let index = rates.indices.max(by: { abs(rates[$0]) < abs(rates[$1]) }),
      abs(rates[index]) > tolerance
    {
      throw DynamicalSystemError.noEquilibrium(
        state: states[index], value: rates[index], tolerance: tolerance)
    }
    guard linearization.matrix.isFinite.all().integers == [1] else {
      throw DynamicalSystemError.notDifferentiable
    }
    let rate = linearization.growthRate
    guard rate < -1e-6 * linearization.matrix.norm.item else {
      throw DynamicalSystemError.unstable(growthRate: rate)
    }
  }
}

extension ClosedRange<Double> {
  fileprivate var isFinite: Bool { lowerBound.isFinite && upperBound.isFinite }
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
