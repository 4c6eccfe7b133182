import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// What a step of `zubov-cell` minimises. The whole model:
///
///     L = L_cla + λ1 L_FC + λ2 L_con + λ3 L_sep' + λ4 L_margin,
///
/// with the paper's L_cla and L_FC (tied) at h(T), L_con from the cell equation, and at h(0)
/// L_sep' = mean W_y and the input margin. Then the field alone: L_con.
struct ZubovCellObjective {
  let model: ZubovCell
  let step: TrainingStep
  private var settings: ZubovCellMethod.Settings { model.settings }

  func ofModel(images: Tensor, labels: Tensor) throws -> Objective {
    let losses = settings.losses
    let lyapunov = model.lyapunov()
    let field = model.field.prepared()
    let inputMargin = settings.inputMargin
    let wantsMargin = inputMargin.weight > 0 && step.index % inputMargin.every == 0
    let images = wantsMargin ? images.differentiable() : images
    // A margin compares features of images that hardly differ: rounded to 8 bits they would be equal.
    let features = MixedPrecision.$isOn.withValue(MixedPrecision.isOn && !wantsMargin) {
      model.features(images, mode: .training)
    }
    let solution = try model.flow.training(
      of: field, from: features, isSampled: losses.consistency > 0)
    let final = solution.finalState

    let values = lyapunov.values(at: final)
    let classification = ZubovTransform.classificationLoss(
      values, labels: labels, margin: losses.margin
    ).mean()
    let auxiliary = crossEntropy(
      logits: final.linear(weight: model.equilibria), labels: labels
    ).mean()
    var total = classification.adding([auxiliary], weights: [losses.auxiliary])
    var terms: [(name: String, value: Tensor)] = [("cla", classification), ("fc", auxiliary)]
    func add(_ name: String, _ loss: Tensor, weight: Double) {
      total = total.adding([loss], weights: [weight])
      terms.append((name, loss))
    }

    if losses.consistency > 0 {
      let points = try points(solution.states, velocity: field, settings.points, purpose: 1)
      add("con", consistency(at: points, lyapunov, field), weight: losses.consistency)
    }
    if losses.separation > 0 {
      let ratios = CellFunction.ratios(lyapunov.values(at: features)).minimum(1)
      add("sep", ratios.gathering(columns: labels).mean(), weight: losses.separation)
    }
    if wantsMargin {
      let (loss, margin) = InputMargin(inputMargin).evaluate(
        images: images, features: features, lyapunov: lyapunov, labels: labels
      ) { images in
        MixedPrecision.$isOn.withValue(false) { model.features(images, mode: .training) }
      }
      add("margin", loss, weight: inputMargin.weight * Double(inputMargin.every))
      terms.append(("input_margin", margin))
    }
    terms.append(("value_target", values.detached.gathering(columns: labels).mean()))
    return Objective(
      total: total, classification: classification, terms: terms,
      evaluations: solution.statistics.evaluations)
  }

  func ofField(images: Tensor) throws -> Objective {
    let lyapunov = withoutGradients { model.lyapunov() }.detached
    let solution = try withoutGradients {
      try model.flow.training(
        of: model.field.prepared(), from: model.features(images, mode: .inference))
    }
    let field = model.field.prepared()
    var sampling = settings.points
    sampling.rolloutHorizon = settings.alignment.rolloutHorizon
    let sets = try (0..<settings.alignment.pointSets).map {
      try points(solution.states, velocity: field, sampling, purpose: 2 + UInt64($0))
    }
    let loss = consistency(at: .concatenated(sets), lyapunov, field)
    return Objective(
      total: loss, classification: nil, terms: [("con", loss)],
      evaluations: solution.statistics.evaluations)
  }

  private func points(
    _ trajectory: Tensor, velocity: @escaping (Tensor) -> Tensor,
    _ sampling: ConsistencyPoints.Settings, purpose: UInt64
  ) throws -> Tensor {
    try ConsistencyPoints(sampling).draw(
      from: trajectory, equilibria: model.equilibria, velocity: velocity,
      generator: step.generator(purpose))
  }

  /// The mean of Huber's function of the cell equation's relative residual.
  private func consistency(
    at points: Tensor, _ lyapunov: LyapunovFunction, _ field: (Tensor) -> Tensor
  ) -> Tensor {
    let rate = CellFunction(lyapunov).rates(at: points, velocities: field(points))
    return model.equation.violation(rate).mean()
  }
}
