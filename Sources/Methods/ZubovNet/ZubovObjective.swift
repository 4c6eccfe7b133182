import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// The whole objective of Algorithm 2, line 15:
///
///     L = L_cla + λ1 L_FC + λ2 L_con + λ3 L_sep.
package struct ZubovObjective {
  package let model: ZubovNet
  private var losses: ZubovNetMethod.Settings.Losses { model.settings.losses }

  package init(model: ZubovNet) { self.model = model }

  /// What a step computed on the way, for tests against reference values.
  package struct Details {
    package var features: Tensor
    package var trajectory: Tensor
    package var values: Tensor
    package var counterexamples: Tensor?
    package var boundary: BoundaryPoints?
  }

  func evaluate(images: Tensor, labels: Tensor, rays: BoundaryRays?) throws -> Objective {
    try evaluateInDetail(images: images, labels: labels, rays: rays).0
  }

  package func evaluateInDetail(
    images: Tensor, labels: Tensor, rays: BoundaryRays?
  ) throws -> (Objective, Details) {
    let lyapunov = model.lyapunov()
    let features = model.backbone.features(images, mode: .training)
    let solution = try model.backbone.flow.training(
      of: { model.backbone.field($0) }, from: features)
    let final = solution.finalState

    let values = lyapunov.values(at: final)
    let classification = ZubovTransform.classificationLoss(
      values, labels: labels, margin: losses.margin
    ).mean()
    let head = model.head ?? model.equilibria
    let auxiliary = crossEntropy(logits: final.linear(weight: head), labels: labels).mean()
    var total = classification.adding([auxiliary], weights: [losses.auxiliary])
    var terms: [(name: String, value: Tensor)] = [("cla", classification), ("fc", auxiliary)]
    var details = Details(features: features, trajectory: solution.states, values: values)

    if losses.separation > 0, let rays {
      let boundary = model.boundarySampler.points(lyapunov, along: rays)
      let separation = SeparationLoss.mean(lyapunov, boundary: boundary, exponent: losses.exponent)
      total = total.adding([separation], weights: [losses.separation])
      terms.append(("sep", separation))
      details.boundary = boundary
    }
    if losses.consistency > 0 {
      let consistency = self.consistency(
        lyapunov, trajectory: solution.states.detached, labels: labels)
      total = total.adding([consistency.loss], weights: [losses.consistency])
      terms.append(("con", consistency.loss))
      terms.append(("con_traj", consistency.onTrajectory))
      terms.append(("con_hat", consistency.onCounterexamples))
      details.counterexamples = consistency.counterexamples
    }
    terms += valueDiagnostics(values.detached, labels)
    return (
      Objective(
        total: total, classification: classification, terms: terms,
        evaluations: solution.statistics.evaluations), details
    )
  }

  /// L_con on S_2: the trajectory at t_1 ... t_Γ and the counterexamples found from there. The
  /// points are constants; the loss is a function of θ_f and θ_W.
  private func consistency(
    _ lyapunov: LyapunovFunction, trajectory: Tensor, labels: Tensor
  ) -> (loss: Tensor, onTrajectory: Tensor, onCounterexamples: Tensor, counterexamples: Tensor) {
    let intervals = trajectory.shape[0] - 1
    let states = trajectory.sliced(1..<intervals + 1).reshaped([-1, trajectory.shape[2]])
    let owners = labels.integers
    let groups = ClassGroups(
      classes: (0..<intervals).flatMap { _ in owners }, classCount: lyapunov.classCount,
      device: states.device)
    let pointwise = ConsistencyLoss(relation: losses.relation)
    func violation(_ points: Tensor) -> Tensor {
      pointwise.pointwise(
        lyapunov.rates(at: points, velocities: model.backbone.field(points), groups: groups))
    }
    // The loss on the trajectory also gives the first ascent direction of the search.
    let points = groups.grouped(states).differentiable()
    let onTrajectory = violation(points)
    let ascent = gradient(of: onTrajectory.sum(), wrt: [points], retaining: true)[0]
    let found = model.counterexampleSearch.points(
      from: points, groups: groups, lyapunov: lyapunov, field: { model.backbone.field($0) },
      loss: pointwise, firstGradient: ascent)
    let onCounterexamples = violation(found)
    let means = (onTrajectory.mean(), onCounterexamples.mean())
    let scale = losses.consistencyReduction == .mean ? 1 : Double(2 * intervals)
    return (
      (means.0 + means.1) * (0.5 * scale), means.0, means.1, groups.restored(found)
    )
  }

  /// Means of V of the target and of the nearest other class, as in Fig. 5.
  private func valueDiagnostics(
    _ values: Tensor, _ labels: Tensor
  ) -> [(name: String, value: Tensor)] {
    let target = values.gathering(columns: labels)
    let others = values + labels.oneHot(values.shape[1]).like(values) * 1e30
    return [
      ("value_target", target.mean()),
      ("value_nearest_other", others.min(along: 1).mean()),
      ("value_others", (values.sum(along: 1) - target).mean() / Double(values.shape[1] - 1)),
    ]
  }
}
