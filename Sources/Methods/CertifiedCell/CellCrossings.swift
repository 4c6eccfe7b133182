import DifferentialEquations
import Foundation
import NeuralNetworks
import Tensors

/// How many states leave their cell as a solver follows a cell field: none by a covered method
/// (`CellFlow.requireCoverage`), however wild the field's weights; others are counted.
public struct CellCrossings {
  /// The cells that states are to stay in.
  public let cells: VoronoiCells
  /// The field that is followed.
  public let dynamics: CellDynamics

  /// Creates a count of the states that leave their cells under a field.
  public init(cells: VoronoiCells, dynamics: CellDynamics) {
    self.cells = cells
    self.dynamics = dynamics
  }

  /// Random centres of the given length, and a field whose perceptron's weights are those of its
  /// initialisation times a gain.
  ///
  /// - Throws: `SettingsError`.
  public init(
    classCount: Int, dimension: Int, radius: Double = 3, gain: Double,
    settings: CellDynamics.Settings, seed: UInt64, dtype: DType = .float32
  ) throws {
    let directions = RandomGenerator(seed: seed, keys: 0xCE).normal(
      [classCount, dimension], dtype: .float64)
    let centers = directions / directions.norm(along: 1, keeping: true) * radius
    dynamics = try CellDynamics(
      settings, dimension: dimension, generator: RandomGenerator(seed: seed, keys: 0xD7),
      dtype: dtype)
    cells = VoronoiCells(centers: centers.to(dtype))
    for parameter in dynamics.state.parameters { parameter.assign(parameter.detached * gain) }
  }

  /// Nearly all that the theorems allow: rates from 0.3 to 1 and a rotation of 0.95.
  public static var wildSettings: CellDynamics.Settings {
    var settings = CellDynamics.Settings()
    settings.leastRate = 0.3
    settings.rotation = 0.95
    return settings
  }

  /// The step up to which an Euler step keeps cells: dt with dt μ a_1 = 1.
  public var greatestStep: Double {
    1 / (dynamics.settings.speed * dynamics.settings.greatestRate)
  }

  /// States [count, d], a third each in a box around the centres, 100 away from the origin, and 1e-1 to
  /// 1e-6 off a bisector.
  public func states(_ count: Int, generator: RandomGenerator) -> Tensor {
    withoutGradients {
      let exact = VoronoiCells(centers: cells.centers.to(.float64))
      let dimension = cells.centers.shape[1]
      let reach = 2 * exact.centers.norm(along: 1).max().item
      let third = count / 3
      let box = generator.uniform([count, dimension], in: -reach..<reach, dtype: .float64)
      let far = generator.normal([third, dimension], dtype: .float64)
      let inner = box.sliced(0..<third)
      let owner = exact.owners(at: inner)
      let gaps = exact.bisectorDistances(at: inner, of: owner)
      let nearest = exact.ofRivals(gaps, of: owner).argMin(along: 1)
      let off = (generator.uniform([third], dtype: .float64) * (-5 * log(10)) - log(10)).exp
      let step = (gaps.gathering(columns: nearest) - off).unsqueezed(1)
      return Tensor.concatenated([
        inner + exact.directions(from: owner, to: nearest) * step,
        far / far.norm(along: 1, keeping: true) * 100, box.sliced(2 * third..<count),
      ]).to(cells.centers.dtype)
    }
  }

  /// What became of some states.
  public struct Outcome: Sendable, Hashable {
    /// States followed.
    public var states = 0
    /// In another cell than at the start at one of the times that were looked at.
    public var crossed = 0
    /// Within half the least distance of two centres from their own centre at the end.
    public var arrived = 0

    public init() {}

    /// Joins the counts of two sets of states.
    public static func += (sum: inout Outcome, other: Outcome) {
      sum.states += other.states
      sum.crossed += other.crossed
      sum.arrived += other.arrived
    }
  }

  /// Follows states [N, d], looking at their cells at every multiple of `step`.
  ///
  /// - Parameters:
  ///   - steps: how the solver gets from one look to the next; past looks, where the error says so.
  ///   - disturbance: added to each evaluation of the field at its states.
  ///   - looks: at least 1.
  /// - Throws: `IntegrationFailure`.
  public func follow(
    _ states: Tensor, by method: ButcherTableau, steps: StepControl = .stepsPerInterval(1),
    every step: Double, looks: Int, disturbance: ((Tensor) -> Tensor)? = nil
  ) throws -> Outcome {
    try withoutGradients {
      let field = dynamics.velocity(in: cells)
      let owners = cells.owners(at: states)
      let times = (0...looks).map { Double($0) * step }
      let path = try solve(
        { state in disturbance.map { field(state) + $0(state) } ?? field(state) },
        from: states, at: times, method: method, steps: steps
      ).states
      var crossed = Tensor.zeros([states.shape[0]], dtype: .bool, device: states.device)
      for look in 1...looks { crossed = crossed .| (cells.owners(at: path[look]) .!= owners) }
      let current = path[looks]
      let left = (current - cells.centers.selecting(owners)).norm(along: 1)
      var outcome = Outcome()
      outcome.states = states.shape[0]
      outcome.crossed = crossed.trueCount
      outcome.arrived = (left .< (0.5 * cells.spacing.item)).trueCount
      return outcome
    }
  }

  /// A disturbance of one size towards the boundary that is nearest in depth, the worst there is.
  public func push(_ size: Double) -> (Tensor) -> Tensor {
    { states in
      let owner = cells.owners(at: states)
      let heights =
        cells.bisectorDistances(at: states, of: owner) / cells.distances.selecting(owner)
      let nearest = cells.ofRivals(heights, of: owner).argMin(along: 1)
      return cells.directions(from: owner, to: nearest) * size
    }
  }
}
