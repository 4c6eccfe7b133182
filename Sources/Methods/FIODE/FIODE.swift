import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// FI-ODE in training.
struct FIODE: TrainableClassifier {
  let settings: FIODEMethod.Settings
  let features: NonexpansiveFeatures
  let field: SimplexField
  let flow: Flow

  init(
    _ settings: FIODEMethod.Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws {
    self.settings = settings
    features = try SettingsError.within("features") {
      try NonexpansiveFeatures(
        settings.features, input: input, generator: generator, dtype: dtype, device: device)
    }
    field = SimplexField(
      classCount: input.classCount, dimension: features.featureCount, hidden: settings.hidden,
      barrier: settings.barrier, generator: generator, dtype: dtype, device: device)
    flow = try Flow(settings.flow)
  }

  var state: ModuleState {
    features.state.prefixed("extractor") + field.state.prefixed("dynamics")
  }

  var phases: [TrainingPhase] {
    [TrainingPhase("training", learningRateFactor: 5, decay: .cosine)]
  }

  /// Orthonormal matrices have no small elements to leave out.
  var constrainedParts: [String] { ["dynamics"] }

  func restoreConstraints() { field.restoreConstraints() }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let context = field.context(features(images, mode: .training)).unsqueezed(1)
    let states = settings.sampling(
      labels: labels, classCount: field.classCount, progress: step.progress,
      generator: step.generator(1), dtype: context.dtype)
    let velocities =
      step.progress < settings.squeezing
      ? field.squeezed(states, context: context, ceiling: settings.ceiling)
      : field(states, context: context)
    let (values, rates) = ClassCone.valuesAndRates(at: states, along: velocities, labels: labels)
    let decay =
      settings.warmup > step.progress
      ? settings.decay * step.progress / settings.warmup
      : settings.decay
    let violations = rates + values * decay
    let loss = violations.relu.mean()
    let share = withoutGradients { (violations .> 0).to(violations.dtype).mean() }
    return Objective(
      total: loss, classification: nil, terms: [("barrier", loss), ("violating", share)],
      evaluations: 0)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor {
    let context = field.context(features(images, mode: .training))
    let solution = try flow.training(
      of: .conditioned(on: context) { field($0, context: $1) },
      from: Self.initialState(context, classCount: field.classCount), isSampled: false)
    return Self.logits(of: solution.finalState)
  }

  /// η(0) = 1/C of every image.
  static func initialState(_ context: Tensor, classCount: Int) -> Tensor {
    .full(
      1 / Double(classCount), [context.shape[0], classCount], dtype: context.dtype,
      device: context.device)
  }

  /// ln η: the state is the probabilities. On trajectories η is bounded from below.
  static func logits(of states: Tensor) -> Tensor { states.maximum(1e-12).log }

  func trained() -> any TrainedClassifier {
    TrainedFIODE(
      features: features.settled(in: .float64), field: field.constant(in: .float64), flow: flow,
      scoreType: field.layers[0].weight.dtype)
  }
}
