import Tensors

/// The paper's: {1 - e^{-V_i} < ρ} and Zubov's equation with Φ_i = ||h - c_i||².
public struct LevelRegions: PrescribedRegions {
  /// V of all classes, cut off from the graph.
  public let lyapunov: LyapunovFunction
  public let level: Double
  /// How states of large residual are looked for.
  public let search: CounterexampleSearch

  /// Creates the regions {1 - e^{-V_i} < ρ} of a level ρ in (0, 1).
  public init(_ lyapunov: LyapunovFunction, level: Double, search: CounterexampleSearch) {
    self.lyapunov = lyapunov.detached
    self.level = level
    self.search = search
  }

  /// V itself.
  public func heights(_ values: Tensor) -> Tensor { values }
  public func height(atLevel level: Double) -> Double { ZubovTransform.value(atLevel: level) }
  public var cellSpeed: Double? { nil }

  public func residuals(
    at points: Tensor, velocities: Tensor, groups: ClassGroups
  ) -> EquationResiduals {
    withoutGradients {
      let rate = lyapunov.rates(at: points, velocities: velocities, groups: groups)
      return EquationResiduals(
        absolute: ConsistencyLoss.residual(rate), relative: ConsistencyLoss.relativeResidual(rate))
    }
  }

  public func counterexamples(
    from points: Tensor, groups: ClassGroups, velocity: (Tensor) -> Tensor
  ) -> Tensor {
    search.points(
      from: points, groups: groups, lyapunov: lyapunov, field: velocity, loss: ConsistencyLoss())
  }

  public func boundary(along rays: BoundaryRays) -> BoundaryPoints? {
    BoundarySampler(level: level).points(lyapunov, along: rays)
  }
}
