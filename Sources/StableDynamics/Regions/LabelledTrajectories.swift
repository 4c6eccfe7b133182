import Tensors

/// Where labelled images go: their trajectories up to T and on to a long horizon, with V along them.
struct LabelledTrajectories {
  let geometry: RegionGeometry
  let labels: [Int]
  /// The labels, [N] int64.
  private let classes: Tensor
  /// T.
  private let horizon: Double
  /// Until when trajectories are followed beyond T.
  let longHorizon: Double
  /// h(0), [N, d].
  let initial: Tensor
  /// The states at t_0, ..., t_Γ, [Γ + 1, N, d].
  private let states: Tensor
  /// h at the long horizon, [N, d].
  private let lastState: Tensor
  /// V of all classes at t_0, ..., t_Γ, [N, L] each.
  private let values: [Tensor]
  /// The same from T on, twice a unit of time but a thousand times at most.
  private let laterValues: [Tensor]

  /// - Throws: `IntegrationFailure`.
  init(
    _ geometry: RegionGeometry, images: Tensor, labels: [Int], longHorizon: Double
  ) throws {
    let (flow, lyapunov) = (geometry.flow, geometry.lyapunov)
    let horizon = flow.settings.horizon
    precondition(longHorizon > horizon, "a long horizon of \(longHorizon), T = \(horizon)")
    let samples = Int(min(1000, ((longHorizon - horizon) / 0.5).rounded(.up)))
    let later = (0...samples).map { (longHorizon - horizon) * Double($0) / Double(samples) }
    func values(along trajectory: Tensor) -> [Tensor] {
      (0..<trajectory.shape[0]).map { lyapunov.values(at: trajectory[$0]) }
    }
    let initial = withoutGradients { geometry.initialState(images) }
    let states = try withoutGradients {
      try flow.trajectory(of: geometry.velocity, from: initial, times: flow.times)
    }
    let extended = try withoutGradients {
      try flow.trajectory(
        of: geometry.velocity, from: states[flow.times.count - 1], times: later)
    }
    self.geometry = geometry
    self.labels = labels
    classes = Tensor(labels.map(Int64.init), device: states.device)
    self.horizon = horizon
    self.longHorizon = longHorizon
    self.initial = initial
    self.states = states
    lastState = extended[samples]
    self.values = withoutGradients { values(along: states) }
    laterValues = withoutGradients { values(along: extended) }
  }

  /// The states at t_1, ..., t_Γ, [ΓN, d].
  var visited: Tensor {
    states.sliced(1..<states.shape[0]).reshaped([-1, states.shape[2]])
  }

  /// Residuals of the prescribed equation at the visited states, and where a search from there finds
  /// much of it.
  var residuals: (onTrajectories: EquationResiduals, onCounterexamples: EquationResiduals) {
    let (regions, velocity) = (geometry.regions, geometry.velocity)
    let groups = ClassGroups(
      classes: (1..<states.shape[0]).flatMap { _ in labels },
      classCount: geometry.lyapunov.classCount, device: states.device)
    func residuals(at points: Tensor) -> EquationResiduals {
      regions.residuals(
        at: points, velocities: withoutGradients { velocity(points) }, groups: groups)
    }
    let points = groups.grouped(visited)
    return (
      residuals(at: points),
      residuals(at: regions.counterexamples(from: points, groups: groups, velocity: velocity))
    )
  }

  /// Where trajectories are up to T and up to the long horizon.
  var containment: [RegionAlignment.Containment] {
    [
      containment(values, end: states[states.shape[0] - 1], until: horizon),
      containment(values + laterValues, end: lastState, until: longHorizon),
    ]
  }

  private func containment(
    _ values: [Tensor], end: Tensor, until horizon: Double
  ) -> RegionAlignment.Containment {
    var region = Tensor.ones([labels.count], dtype: .bool, device: classes.device)
    var cell = region
    for value in values {
      let height = geometry.regions.heights(value).gathering(columns: classes)
      region = region .& (height .< geometry.boundaryValue)
      cell = cell .& (value.argMin(along: 1) .== classes)
    }
    let distance = (end - geometry.lyapunov.equilibria.selecting(classes)).norm(along: 1)
    return RegionAlignment.Containment(
      horizon: horizon, staysInRegion: share(of: region), staysInCell: share(of: cell),
      endsInCell: share(of: values[values.count - 1].argMin(along: 1) .== classes),
      reachesEquilibrium: share(of: distance .< (0.15 * geometry.equilibriumSpacing)))
  }

  /// Share of samples whose decision differs between h(0) and h(T).
  var decisionsChanged: Double {
    share(of: values[0].argMin(along: 1) .!= values[values.count - 1].argMin(along: 1))
  }

  /// Mean of V_y(h(T)) / V_y(h(0)).
  var valueDecay: Double {
    let after = values[values.count - 1].gathering(columns: classes)
    return (after / values[0].gathering(columns: classes)).mean().item
  }

  /// Mean share of the learned part in V_y(h(0)).
  var learnedShare: Double {
    let lyapunov = geometry.lyapunov
    let before = values[0].gathering(columns: classes)
    let quadratic =
      (initial - lyapunov.equilibria.selecting(classes)).squared.sum(along: 1)
      * lyapunov.quadraticWeight
    return ((before - quadratic) / before).mean().item
  }
}

/// The share of elements that hold, in [0, 1].
func share(of mask: Tensor) -> Double { mask.to(.float64).mean().item }
