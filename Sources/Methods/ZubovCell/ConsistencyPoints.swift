import DifferentialEquations
import Settings
import StableDynamics
import Tensors

/// The states at which the cell equation is asked for: where trajectories go, where cells meet, and
/// where the field leads once T is past. All are constants.
public struct ConsistencyPoints: Sendable {
  /// How many points of which kind.
  public struct Settings: Codable, Sendable, Hashable {
    @Setting("states of the batch's trajectories, a step", .integers(1...1_000_000))
    public var trajectory = 128
    /// Random places on segments between two such states; they cross boundaries of cells.
    @Setting("places on segments between two such states", .count)
    public var segments = 128
    @Setting("places on rays from an equilibrium to such a state", .count)
    public var rays = 128
    /// States of rollouts: without them a field leaves the cells as soon as T is past.
    @Setting("states of trajectories followed past T", .count)
    public var rollouts = 256
    /// Trajectories that are rolled out, half from segments, by Heun's method in equal steps.
    @Setting("trajectories followed past T, half of them from segments", .integers(1...1_000_000))
    public var rolloutStarts = 96
    @Setting("Heun steps of each", .integers(1...10_000))
    public var rolloutSteps = 24
    @Setting("until when they are followed", .positive(upTo: 1e4))
    public var rolloutHorizon = 6.0
    @Setting("points drawn uniformly from a box, for states of few dimensions", .count)
    public var box: Int
    @Setting("largest coordinate of the box", .positive)
    public var boxExtent = 5.0

    public init(box: Int) { self.box = box }
  }

  /// How many points of which kind.
  public let settings: Settings

  /// Points as the settings have them.
  public init(_ settings: Settings) { self.settings = settings }

  /// The points of a step, [M, d].
  ///
  /// - Parameters:
  ///   - trajectory: states to draw from, [..., d].
  ///   - velocity: f, for the rollouts.
  /// - Throws: `IntegrationFailure` of the rollouts.
  public func draw(
    from trajectory: Tensor, equilibria: Tensor, velocity: @escaping (Tensor) -> Tensor,
    generator: RandomGenerator
  ) throws -> Tensor {
    try withoutGradients {
      let dimension = equilibria.shape[1]
      let states = trajectory.detached.reshaped([-1, dimension])
      func uniform(_ shape: [Int], in range: Range<Double> = 0..<1) -> Tensor {
        generator.uniform(shape, in: range, dtype: states.dtype).to(states.device)
      }
      func rows(_ count: Int, of source: Tensor) -> Tensor {
        let last = Double(source.shape[0] - 1)
        let places = generator.uniform([count], in: 0..<Double(source.shape[0]), dtype: .float64)
        return source.selecting(places.floor.minimum(last).to(.int64).to(states.device))
      }
      func between(_ start: Tensor, _ end: Tensor) -> Tensor {
        start + (end - start) * uniform([start.shape[0], 1])
      }
      func segments(_ count: Int) -> Tensor {
        between(rows(count, of: states), rows(count, of: states))
      }
      var points = [
        rows(settings.trajectory, of: states), segments(settings.segments),
        between(rows(settings.rays, of: equilibria), rows(settings.rays, of: states)),
      ]
      if settings.rollouts > 0 {
        let half = settings.rolloutStarts / 2
        let starts = Tensor.concatenated([
          rows(settings.rolloutStarts - half, of: states), segments(half),
        ])
        let times = (0...settings.rolloutSteps).map {
          settings.rolloutHorizon * Double($0) / Double(settings.rolloutSteps)
        }
        let finer = "take smaller steps (--set model.points.rolloutSteps)"
        let solution = try IntegrationFailure.advising(
          [.takeSmallerSteps: finer].merging(IntegrationFailure.fieldAdvice) { $1 }
        ) {
          try solve(
            .autonomous(velocity), from: starts, at: times, method: .heun,
            steps: .stepsPerInterval(1))
        }
        points.append(rows(settings.rollouts, of: solution.states.reshaped([-1, dimension])))
      }
      if settings.box > 0 {
        points.append(
          uniform([settings.box, dimension], in: -settings.boxExtent..<settings.boxExtent))
      }
      return .concatenated(points)
    }
  }
}
