import Tensors

/// How well the dynamics match the cells {V_i least}, the decision regions of a Lyapunov classifier:
/// measured the same way for all models, by the cell equation and by following trajectories from
/// between the data, where cells meet.
public struct CellAlignment: Codable, Sendable {
  /// μ of the cell equation: the model's own, or that which fits the trajectories best.
  public var speed: Double
  /// Whether μ was fitted, in favour of a model that prescribes no cell equation.
  public var isSpeedFitted: Bool
  /// The residual at t_1 ... t_Γ.
  public var onTrajectories: RegionAlignment.Residual
  /// At random places of segments between the features h(0) of two samples.
  public var onSegments: RegionAlignment.Residual
  /// After three steps of normalised ascent from the states of the trajectories.
  public var onCounterexamples: RegionAlignment.Residual
  /// Of the trajectories from the same places on segments.
  public var fromSegments: Segments

  /// Where trajectories from between the data end.
  public struct Segments: Codable, Sendable {
    /// Trajectories followed, each from a place of its own.
    public var count: Int
    /// The time at which their ends are looked at.
    public var horizon: Double
    /// Share that end in the cell in which they began.
    public var agreement: Double
    /// Cells against the points that end near c_i, mean over classes.
    public var intersectionOverUnion: Double
  }

  /// - Parameters:
  ///   - trajectory: the states at t_1 ... t_Γ of all samples, [ΓN, d].
  ///   - initial: h(0), [N, d].
  ///   - horizon: until when trajectories from the segments are followed.
  init(
    _ geometry: RegionGeometry, trajectory: Tensor, initial: Tensor, horizon: Double, seed: UInt64
  ) throws {
    let function = CellFunction(geometry.lyapunov)
    func rate(_ points: Tensor) -> CellFunction.Rate {
      withoutGradients { function.rates(at: points, velocities: geometry.velocity(points)) }
    }
    let alongTrajectories = rate(trajectory)
    let prescribed = geometry.regions.cellSpeed.map(CellEquation.init)
    let equation = prescribed ?? .fitted(to: alongTrajectories)
    func residual(_ rate: CellFunction.Rate) -> RegionAlignment.Residual {
      .init(
        EquationResiduals(
          absolute: equation.residual(rate), relative: equation.relativeResidual(rate)))
    }
    let starts = Self.betweenSamples(initial, seed: seed)
    speed = equation.speed
    isSpeedFitted = prescribed == nil
    onTrajectories = residual(alongTrajectories)
    onSegments = residual(rate(starts))
    onCounterexamples = residual(
      rate(
        equation.counterexamples(from: trajectory, of: function, velocity: geometry.velocity)))

    let (before, after, ends) = try withoutGradients {
      let ends = try geometry.flow.trajectory(
        of: geometry.velocity, from: starts, times: [0, horizon])[1]
      func cells(_ points: Tensor) -> [Int] {
        geometry.lyapunov.values(at: points).argMin(along: 1).integers
      }
      return (cells(starts), cells(ends), ends)
    }
    fromSegments = Segments(
      count: before.count, horizon: horizon,
      agreement: Double(zip(before, after).count(where: ==)) / Double(before.count),
      intersectionOverUnion: meanIntersectionOverUnion(
        of: before, and: geometry.basins(ofEnds: ends), classCount: geometry.lyapunov.classCount))
  }

  /// For each sample a place between its state and that of another.
  private static func betweenSamples(_ states: Tensor, seed: UInt64) -> Tensor {
    let count = states.shape[0]
    let generator = RandomGenerator(seed: seed, keys: 0x5E)
    let order = generator.permutation(count)
    // Each sample's partner is the next in a random order, so never itself.
    let (from, to) = (
      states.selecting(order.to(states.device)),
      states.selecting(
        Tensor.concatenated([order.sliced(1..<count), order.sliced(0..<1)]).to(states.device))
    )
    let place = generator.uniform([count, 1], dtype: states.dtype).to(states.device)
    return from + (to - from) * place
  }
}
