import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The model of SODEF, in training and in use.
struct SODEF: TrainableClassifier, FlowClassifier {
  let settings: SODEFMethod.Settings
  let features: Features
  let field: SineField
  let flow: Flow
  let fixedHead: FixedHead
  /// The final layer of the three-phase recipe; the joint one has the fixed head.
  let head: Linear?

  init(
    _ settings: SODEFMethod.Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws {
    self.settings = settings
    let dimension = settings.features.dimension
    features = try Features(
      settings.features, input: input, generator: generator, dtype: dtype, device: device)
    field = SineField(
      dimension: dimension, hidden: settings.field.hidden,
      isFinallyActivated: settings.field.finalActivation, generator: generator, dtype: dtype,
      device: device)
    flow = try Flow(settings.flow)
    fixedHead = FixedHead(
      classCount: input.classCount, dimension: dimension, generator: generator, dtype: dtype,
      device: device)
    head =
      settings.recipe == .joint
      ? nil
      : Linear(
        inputs: dimension, outputs: input.classCount, generator: generator, dtype: dtype,
        device: device)
  }

  private init(folding model: SODEF) {
    settings = model.settings
    features = model.features.foldedForInference()
    field = model.field
    flow = model.flow
    fixedHead = model.fixedHead
    head = model.head
  }

  var classCount: Int { fixedHead.weight.shape[0] }

  var state: ModuleState {
    features.state.prefixed("extractor") + field.state.prefixed("dynamics")
      + fixedHead.state.prefixed("fixed_head")
      + (head?.state.prefixed("head") ?? ModuleState())
  }

  var phases: [TrainingPhase] {
    guard settings.recipe == .threePhase else { return [TrainingPhase("training")] }
    let phases = settings.threePhase
    return [
      ("features", phases.features, "extractor"), ("field", phases.field, "dynamics"),
      ("classifier", phases.classifier, "head"),
    ].map { name, phase, part in
      TrainingPhase(
        name, share: phase.share, parameters: [part], learningRateFactor: phase.learningRateFactor)
    }
  }

  /// z(0).
  private func initialState(_ images: Tensor, mode: ForwardMode) -> Tensor {
    features(images, mode: mode, isBounded: settings.boundedFeatures)
  }

  func scores(of states: Tensor) -> Tensor {
    head.map { $0(states) } ?? fixedHead(states)
  }

  private func regularizers(at features: Tensor, _ step: TrainingStep) -> StabilityRegularizer.Terms
  {
    StabilityRegularizer(settings.regularizer)
      .terms(of: field, at: features, generator: step.generator(1))
  }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    guard settings.recipe == .threePhase else {
      return try jointObjective(images: images, labels: labels, step: step)
    }
    if step.phase == 0 {
      let logits = fixedHead(initialState(images, mode: .training))
      let loss = crossEntropy(logits: logits, labels: labels).mean()
      // Not of `trainingLogits`: nothing that adversarial training could replace.
      return Objective(
        total: loss, classification: nil, terms: [("cross-entropy", loss)], evaluations: 0)
    }
    let features = withoutGradients { initialState(images, mode: .inference) }
    if step.phase == 1 {
      let terms = regularizers(at: features, step)
      return Objective(
        total: terms.weighted(settings.threePhase.weights), classification: nil,
        terms: terms.named, evaluations: 0)
    }
    // The field is frozen: solved as in use, the tolerance included.
    let solution = try withoutGradients { try flow.solution(of: problem(from: features)) }
    return Objective(
      crossEntropyOf: scores(of: solution.finalState), labels: labels,
      evaluations: solution.statistics.evaluations)
  }

  private func jointObjective(
    images: Tensor, labels: Tensor, step: TrainingStep
  ) throws -> Objective {
    let features = initialState(images, mode: .training)
    let solution = try flow.training(of: { field($0) }, from: features, isSampled: false)
    let plain = Objective(
      crossEntropyOf: scores(of: solution.finalState), labels: labels,
      evaluations: solution.statistics.evaluations)
    let terms = regularizers(at: features, step)
    return Objective(
      total: plain.total + terms.weighted(settings.joint), classification: plain.classification,
      terms: plain.terms + terms.named, evaluations: plain.evaluations)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor {
    // Beyond its first phase, whose scores are others, the extractor of three phases is frozen.
    let features = initialState(
      images, mode: settings.recipe == .joint ? .training : .inference)
    return scores(
      of: try flow.training(of: { field($0) }, from: features, isSampled: false).finalState)
  }

  func trained() -> any TrainedClassifier { SODEF(folding: self) }

  private func problem(from initial: Tensor) -> InitialValueProblem {
    InitialValueProblem(field: .autonomous { field($0) }, from: initial)
  }

  func problem(of images: Tensor) -> InitialValueProblem {
    problem(from: initialState(images, mode: .inference))
  }
}

extension SODEF: LipschitzCertifiable {
  /// tanh, where features are bounded by it, has slopes of at most 1.
  func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    let flowBound = try flow.lipschitzBound(field.jacobianBall)
    return try LipschitzChain(
      features: features, flowBound: flowBound,
      slopes: ScoreSlopes(weight: head?.weight ?? fixedHead.weight), scores: logits
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}
