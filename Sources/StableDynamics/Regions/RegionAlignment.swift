import Tensors

/// How well the regions that a model prescribes match those that its dynamics have. The paper's
/// guarantees assume that they match exactly; this measures by how much they do not.
public struct RegionAlignment: Codable, Sendable {
  /// The residual of an equation on a set of states: as it stands, and relative to what the
  /// equation asks for.
  public struct Residual: Codable, Sendable {
    /// The mean over states of |r|.
    public var meanAbsolute: Double
    /// The largest |r|.
    public var maximalAbsolute: Double
    /// The mean over states of |r| in proportion to what the equation asks for there.
    public var meanRelative: Double
    /// The largest of these.
    public var maximalRelative: Double

    init(_ residuals: EquationResiduals) {
      meanAbsolute = residuals.absolute.mean().item
      maximalAbsolute = residuals.absolute.max().item
      meanRelative = residuals.relative.mean().item
      maximalRelative = residuals.relative.max().item
    }
  }

  /// Where trajectories are up to a time.
  public struct Containment: Codable, Sendable {
    /// The time up to which trajectories were followed.
    public var horizon: Double
    /// Share of trajectories that never leave their class's prescribed region (Prop. 5).
    public var staysInRegion: Double
    /// Share that never leave the cell where V_y is least.
    public var staysInCell: Double
    /// Share that are in the cell of their class at the end.
    public var endsInCell: Double
    /// Share that end within 0.15 of the equilibria's spacing from c_y.
    public var reachesEquilibrium: Double
  }

  /// Labelled images that were measured.
  public var sampleCount: Int
  /// ρ of the prescribed regions.
  public var level: Double
  /// Of the equation that the model prescribes, at t_1 ... t_Γ.
  public var onTrajectories: Residual
  /// Of the same, where a search from there finds much of it.
  public var onCounterexamples: Residual
  /// Up to T, and up to a long horizon.
  public var containment: [Containment]
  /// The same measures for all models, whatever they prescribe: the cells as regions.
  public var cells: CellAlignment
  /// Share of points drawn inside the prescribed regions that lie in another one too (Prop. 4
  /// says none).
  public var overlap: Double
  /// Share of samples whose decision differs between h(0) and h(T).
  public var decisionsChangedByFlow: Double
  /// Mean of V_y(h(T)) / V_y(h(0)); Zubov's equation with V = r²/2, Φ = r² gives e^{-2T}.
  public var valueDecay: Double
  /// Mean share of the learned convex part σ(g - g(0)) in V_y(h(0)); the rest is δ||h - c||².
  public var learnedShare: Double

  /// Measures a model on labelled images.
  ///
  /// - Parameters:
  ///   - longHorizon: to which trajectories are followed, beyond T; 20 where omitted, or 2T if
  ///     that is more.
  /// - Throws: `IntegrationFailure`.
  public static func measure(
    _ geometry: RegionGeometry, images: Tensor, labels: [Int], longHorizon: Double? = nil,
    seed: UInt64 = 0
  ) throws -> RegionAlignment {
    let horizon = geometry.flow.settings.horizon
    let trajectories = try LabelledTrajectories(
      geometry, images: images, labels: labels, longHorizon: longHorizon ?? max(20, 2 * horizon))
    let residuals = trajectories.residuals
    return RegionAlignment(
      sampleCount: labels.count,
      level: geometry.regions.level,
      onTrajectories: Residual(residuals.onTrajectories),
      onCounterexamples: Residual(residuals.onCounterexamples),
      containment: trajectories.containment,
      cells: try CellAlignment(
        geometry, trajectory: trajectories.visited, initial: trajectories.initial,
        horizon: trajectories.longHorizon, seed: seed),
      overlap: overlap(geometry, seed: seed),
      decisionsChangedByFlow: trajectories.decisionsChanged,
      valueDecay: trajectories.valueDecay,
      learnedShare: trajectories.learnedShare)
  }

  /// Draws points in each region, on rays from its equilibrium at radii uniform up to the
  /// boundary, towards the other equilibria and in random directions.
  private static func overlap(_ geometry: RegionGeometry, seed: UInt64) -> Double {
    withoutGradients {
      let lyapunov = geometry.lyapunov
      let generator = RandomGenerator(seed: seed, keys: 0x0E)
      let classes = Array(0..<min(lyapunov.classCount, 30))
      let rays = BoundaryRays(
        equilibria: lyapunov.equilibria, randomPerPair: 8, classes: classes, generator: generator)
      guard let boundary = geometry.regions.boundary(along: rays) else { return 0 }
      let scale = generator.uniform([rays.owners.count, 1], dtype: boundary.points.dtype)
        .to(boundary.points.device)
      let owners = Tensor(rays.owners.map(Int64.init), device: boundary.points.device)
      let centers = lyapunov.equilibria.selecting(owners)
      let points = centers + (boundary.points - centers) * scale
      let heights = geometry.regions.heights(lyapunov.values(at: points))
      let inside = (heights .< geometry.boundaryValue).to(.float64)
      let own = owners.oneHot(lyapunov.classCount, dtype: .float64)
      return share(of: (inside * (1 - own)).sum(along: 1) .> 0)
    }
  }
}

/// The mean over classes of |A_i ∩ B_i| / |A_i ∪ B_i|, where A_i and B_i are the points that two
/// labellings give to class i; -1 is no class, and a class that neither has counts 0.
func meanIntersectionOverUnion(of a: [Int], and b: [Int], classCount: Int) -> Double {
  var intersections = [Int](repeating: 0, count: classCount)
  var unions = intersections
  for (i, j) in zip(a, b) {
    if i == j, i >= 0 { intersections[i] += 1 }
    if i >= 0 { unions[i] += 1 }
    if j >= 0, j != i { unions[j] += 1 }
  }
  return zip(intersections, unions).map { $1 == 0 ? 0 : Double($0) / Double($1) }.reduce(0, +)
    / Double(classCount)
}
