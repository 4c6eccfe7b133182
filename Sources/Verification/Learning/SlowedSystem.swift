import DifferentialEquations
import Foundation
import Tensors

/// A system slowed down at the faces of its box, in the box's unit coordinates:
///
///     du/dt = g(u) f(u),    g(u) = Π_i (1 - u_i^2m)
///
/// It has the trajectories of the system, at another speed, and cannot leave the box. Its region of
/// attraction is therefore the set of points from which the system comes home *without leaving the box*,
/// whether the system's own region is bounded or not, and Zubov's theorem holds for it.
///
/// The cost of a trajectory is V(u) = ∫ |u - c|² dt in this time, infinite outside of the region.
public struct SlowedSystem: Sendable {
  /// The system at its own speed, f.
  public let system: DynamicalSystem
  /// The coordinates u of its box.
  public let unitBox: UnitBox
  /// 2m: the larger, the closer to the faces the slowing begins.
  public let exponent: Int
  /// P with V(u) = (u - c)'P(u - c) to second order.
  public let matrix: Tensor
  /// c in unit coordinates, [1, d].
  let center: Tensor

  /// The rate of the slowest mode, which time is measured by.
  private let slowestRate: Double
  private let program: Program

  /// - Precondition: the system is valid (`DynamicalSystem.validate`).
  public init(_ system: DynamicalSystem, exponent: Int = 8) {
    self.system = system
    self.exponent = exponent
    unitBox = UnitBox(system.box)
    program = Program(dimension: system.dimension, outputs: [system.field])
    let n = system.dimension
    center = unitBox.units(of: Tensor(system.equilibrium, shape: [1, n]))
    // D⁻¹AD, slowed as it is at c.
    let slowness = Self.slowness(center, exponent).item
    let matrix =
      system.linearization * unitBox.halfSides
      / unitBox.halfSides.reshaped([n, 1])
    let linearization = LinearSystem(matrix * slowness)
    slowestRate = -linearization.growthRate
    guard let solution = linearization.lyapunovMatrix(decay: .identity(n, dtype: .float64)) else {
      preconditionFailure("a system whose linearization is not stable: validate it first")
    }
    self.matrix = solution
  }

  /// g, [N].
  private static func slowness(_ units: Tensor, _ exponent: Int) -> Tensor {
    let factors = 1 - units.clamped(to: -1...1).squared.power(Double(exponent / 2))
    return (1..<units.shape[1]).reduce(factors.column(0)) { $0 * factors.column($1) }
  }

  /// f in unit coordinates, without slowing: [N, d].
  func velocity(at units: Tensor) -> Tensor {
    program.values(at: unitBox.places(of: units))[0] / unitBox.halfSides
  }

  /// g f, [N, d].
  func slowedVelocity(at units: Tensor) -> Tensor {
    velocity(at: units) * Self.slowness(units, exponent).unsqueezed(1)
  }

  /// Which points u on faces, [N, d], the system does not leave inwards: [N] bool.
  func isOutward(onFaces units: Tensor) -> Tensor {
    let isOnFace = (units.magnitude .>= 1).to(.float64)
    return ((velocity(at: units) * units * isOnFace).max(along: 1) .>= -1e-9)
  }

  /// |u - c|², [N].
  func density(at units: Tensor) -> Tensor { (units - center).squared.sum(along: 1) }

  /// (u - c)'P(u - c), [N].
  func quadraticValue(at units: Tensor) -> Tensor {
    let offset = units - center
    return (offset.matmul(matrix) * offset).sum(along: 1)
  }

  /// What became of some points.
  public struct Arrivals {
    /// V of each, infinite where a point has not come home: [N].
    public let costs: Tensor
    /// Points that were still on their way when the time was up: they count as outside.
    public let undecided: Int

    /// Which points have come home, [N].
    public var isHome: Tensor { costs.isFinite }
  }

  /// Follows the trajectories of points u [N, d] until they are so near c that V is quadratic.
  ///
  /// - Parameters:
  ///   - horizon: the time they are given, in units of the slowest mode's.
  ///   - isCancelled: whether to leave those that are on their way where they are; asked at every
  ///     evaluation of the system.
  /// - Throws: `IntegrationFailure`.
  public func arrivals(
    from units: Tensor, horizon: Double = 40, tolerance: Double = 1e-6,
    isCancelled: () -> Bool = { false }
  ) throws -> Arrivals {
    // Followed by `solve`, which keeps its field no longer than it takes.
    try withoutActuallyEscaping(isCancelled) {
      try arrivals(from: units, horizon, tolerance, isCancelled: $0)
    }
  }

  private func arrivals(
    from units: Tensor, _ horizon: Double, _ tolerance: Double,
    isCancelled: @escaping () -> Bool
  ) throws -> Arrivals {
    let (count, n) = (units.shape[0], units.shape[1])
    let home = 1e-4 * matrix.symmetricEigen.values.doubles[0]
    let interval = 1 / slowestRate
    var costs = Tensor.full(.infinity, [count], dtype: .float64)
    var indices = Tensor.range(count)
    var states = Tensor.concatenated(
      [units, .zeros([count, 1], dtype: .float64)], along: 1)
    for _ in 0..<Int(horizon) where states.shape[0] > 0 {
      do {
        states = try solve(
          { state in
            if isCancelled() { throw CancellationError() }
            let units = state.sliced(0..<n, along: 1)
            return .concatenated(
              [slowedVelocity(at: units), density(at: units).unsqueezed(1)], along: 1)
          }, from: states, at: [0, interval], steps: .adaptive(tolerance)
        ).finalState
      } catch is CancellationError {
        break
      }
      let reached = states.sliced(0..<n, along: 1)
      let rest = quadraticValue(at: reached)
      let isHome = rest .< home
      let homeRows = isHome.trueIndices
      let total = states.column(n) + rest
      costs = costs.replacing(at: indices.selecting(homeRows), with: total.selecting(homeRows))
      let away = (.!isHome).trueIndices
      (states, indices) = (states.selecting(away), indices.selecting(away))
    }
    return Arrivals(costs: costs, undecided: states.shape[0])
  }
}

extension SlowedSystem {
  /// The trajectories from places x [N, d], each as places, until they are home or the time is up.
  ///
  /// - Throws: `IntegrationFailure`.
  public func paths(from places: Tensor, points: Int = 120) throws -> [[[Double]]] {
    // Dense at first, where trajectories turn.
    let times = (0...points).map { 12 / slowestRate * pow(Double($0) / Double(points), 2) }
    let solution = try withoutGradients {
      try solve(
        { slowedVelocity(at: $0) }, from: unitBox.units(of: places), at: times,
        steps: .adaptive(1e-5)
      ).states
    }
    let (count, n) = (places.shape[0], places.shape[1])
    let values = (solution * unitBox.halfSides + unitBox.middle).doubles
    return (0..<count).map { row in
      times.indices.map { time in
        let start = (time * count + row) * n
        return Array(values[start..<start + n])
      }
    }
  }
}
