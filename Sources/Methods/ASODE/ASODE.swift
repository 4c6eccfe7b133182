import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The model of ASODE, in training and in use.
struct ASODE: TrainableClassifier, FlowClassifier {
  let settings: ASODEMethod.Settings
  let features: Features
  let field: TimeVaryingSineField
  let flow: Flow
  let fixedHead: FixedHead

  init(
    _ settings: ASODEMethod.Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws {
    self.settings = settings
    let dimension = settings.features.dimension
    features = try Features(
      settings.features, input: input, generator: generator, dtype: dtype, device: device)
    field = TimeVaryingSineField(
      dimension: dimension, hidden: settings.hidden, dependence: settings.field,
      horizon: settings.flow.horizon, generator: generator, dtype: dtype, device: device)
    flow = try Flow(settings.flow)
    fixedHead = FixedHead(
      classCount: input.classCount, dimension: dimension, generator: generator, dtype: dtype,
      device: device)
  }

  private init(folding model: ASODE) {
    settings = model.settings
    features = model.features.foldedForInference()
    field = model.field
    flow = model.flow
    fixedHead = model.fixedHead
  }

  var classCount: Int { fixedHead.weight.shape[0] }
  private var dimension: Int { fixedHead.weight.shape[1] }

  var state: ModuleState {
    features.state.prefixed("extractor") + field.state.prefixed("dynamics")
      + fixedHead.state.prefixed("fixed_head")
  }

  /// z(0), and the time 0 behind it.
  private func initialState(_ images: Tensor, mode: ForwardMode) -> Tensor {
    features(images, mode: mode, isBounded: settings.boundedFeatures).padded([0, 1])
  }

  /// Of a state without its time.
  func scores(of states: Tensor) -> Tensor {
    fixedHead(states.withoutTime(dimension: dimension))
  }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let initial = initialState(images, mode: .training)
    let solution = try flow.training(of: { field($0) }, from: initial, isSampled: false)
    let plain = Objective(
      crossEntropyOf: scores(of: solution.finalState), labels: labels,
      evaluations: solution.statistics.evaluations)
    let features = initial.sliced(0..<dimension, along: 1)
    let time = step.generator(2).uniform([1], dtype: .float64).item
    let terms = StabilityRegularizer(settings.regularizer).terms(
      of: field.frozen(at: time), at: features, generator: step.generator(1))
    let drift = drift(at: sampled(features, step), time: time, generator: step.generator(4))
    return Objective(
      total: (plain.total + terms.weighted(settings.weights))
        .adding([drift], weights: [settings.slowness]),
      classification: plain.classification, terms: plain.terms + terms.named + [("drift", drift)],
      evaluations: plain.evaluations)
  }

  private func sampled(_ features: Tensor, _ step: TrainingStep) -> Tensor {
    let count = min(settings.regularizer.samples, features.shape[0])
    let rows = step.generator(3).permutation(features.shape[0]).sliced(0..<count)
    return features.selecting(rows.to(features.device))
  }

  /// The mean square of the elements of dJ/dt at states, by a difference over a hundredth of T; with probes,
  /// Hutchinson's estimate of it.
  func drift(at states: Tensor, time: Double, generator: RandomGenerator) -> Tensor {
    let share = 0.01
    let (early, late) = (field.frozen(at: time), field.frozen(at: time + share))
    let scale = 1 / (share * settings.flow.horizon)
    let probes = settings.regularizer.probes
    guard probes > 0 else {
      return ((late.jacobians(at: states) - early.jacobians(at: states)) * scale).squared.mean()
    }
    let products = (early.jacobianProduct(at: states), late.jacobianProduct(at: states))
    let squares = HutchinsonEstimate.squaredNorm(
      probes: HutchinsonEstimate.probes(probes, like: states, generator: generator)
    ) { (products.1($0) - products.0($0)) * scale }
    let dimension = Double(states.shape[1])
    return squares.mean() / (dimension * dimension)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor {
    scores(
      of: try flow.training(
        of: { field($0) }, from: initialState(images, mode: .training), isSampled: false
      ).finalState)
  }

  func trained() -> any TrainedClassifier { ASODE(folding: self) }

  func problem(of images: Tensor) -> InitialValueProblem {
    InitialValueProblem(
      field: .autonomous { field($0) }, from: initialState(images, mode: .inference))
  }
}
