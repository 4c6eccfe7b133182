import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// The model of the paper in training: φ, f and V, with its equilibria fixed.
public struct ZubovNet: TrainableClassifier {
  /// What the model was made with.
  public let settings: ZubovNetMethod.Settings
  /// φ, f and its flow.
  public let backbone: Backbone
  /// The convex networks g of which V is made.
  public let convex: any ConvexArchitecture
  /// c_i, [L, d]: a buffer, never trained.
  public let equilibria: Tensor
  /// The free auxiliary head C_ψ [L, d]; nil if its rows are the equilibria.
  public let head: Tensor?

  /// Creates a model with initial weights and equilibria of the least cosines.
  ///
  /// - Throws: `SettingsError` if settings contradict each other or the input.
  public init(
    _ settings: ZubovNetMethod.Settings, input: ModelInput, generator: RandomGenerator,
    dtype: DType, device: Device
  ) throws {
    self.settings = settings
    let dimension = settings.backbone.features.dimension
    backbone = try Backbone(
      settings.backbone, input: input, generator: generator, dtype: dtype, device: device)
    convex = settings.lyapunov.architecture.build(
      classCount: input.classCount, dimension: dimension, sizes: settings.lyapunov.sizes,
      contextSizes: settings.lyapunov.contextSizes, generator: generator, dtype: dtype,
      device: device)
    equilibria = Equilibria.leastMaximalCosine(
      count: input.classCount, dimension: dimension, radius: settings.lyapunov.radius,
      generator: generator, dtype: dtype
    ).to(device)
    head =
      settings.losses.auxiliaryHead == .free
      ? generator.parameter(
        [input.classCount, dimension], fanIn: dimension, dtype: dtype, device: device) : nil
  }

  public var state: ModuleState {
    backbone.state + ModuleState(buffers: ["equilibria": equilibria])
      + (head.map { ModuleState(parameters: ["head.weight": $0]) } ?? ModuleState())
      + convex.state.prefixed("lyapunov")
  }

  public var hiddenUnits: [HiddenUnits] {
    backbone.hiddenUnits.map { $0.prefixed(setting: "backbone") }
  }

  /// V of all classes with the parameters as they stand, recorded.
  public func lyapunov() -> LyapunovFunction {
    LyapunovFunction(
      networks: convex.networks(for: equilibria), equilibria: equilibria,
      quadraticWeight: settings.lyapunov.quadraticWeight, smoothing: settings.lyapunov.smoothing)
  }

  /// The search for the boundaries of regions, as the settings say.
  public var boundarySampler: BoundarySampler {
    BoundarySampler(
      level: settings.boundary.level, tolerance: settings.boundary.tolerance,
      iterationLimit: settings.boundary.iterationLimit, search: settings.boundary.search)
  }

  /// The search for states that violate Zubov's equation, as the settings say.
  public var counterexampleSearch: CounterexampleSearch {
    CounterexampleSearch(
      stepCount: settings.counterexamples.steps, rate: settings.counterexamples.rate,
      level: settings.boundary.level)
  }

  public func restoreConstraints() { convex.restoreConvexity() }

  public func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    try objective(
      images: images, labels: labels, rays: settings.losses.separation > 0 ? rays(for: step) : nil)
  }

  /// The objective with given rays, for comparisons with other implementations.
  ///
  /// - Throws: `IntegrationFailure`.
  public func objective(
    images: Tensor, labels: Tensor, rays: BoundaryRays?
  ) throws -> Objective {
    try ZubovObjective(model: self).evaluate(images: images, labels: labels, rays: rays)
  }

  /// The rays of a step: directions are drawn afresh in every step; the classes, where there are
  /// more than an epoch takes, in every epoch.
  private func rays(for step: TrainingStep) -> BoundaryRays {
    let classCount = equilibria.shape[0]
    var classes = Array(0..<classCount)
    if classCount > settings.boundary.classesPerEpoch {
      classes = Array(
        step.epochGenerator(1).permutation(classCount).integers
          .prefix(settings.boundary.classesPerEpoch))
    }
    let (directions, generator) = (settings.boundary.randomDirections, step.generator(2))
    return settings.boundary.pairs == 0
      ? BoundaryRays(
        equilibria: equilibria, randomPerPair: directions, classes: classes, generator: generator)
      : BoundaryRays(
        sampling: settings.boundary.pairs, equilibria: equilibria, randomPerPair: directions,
        classes: classes, generator: generator)
  }

  /// ln(1/W - α) of h(T): the logarithm of the paper's probabilities but for a constant, so that
  /// TRADES on their softmax is TRADES on ŷ = ψ̃(W).
  public func trainingLogits(_ images: Tensor) throws -> Tensor {
    let final = try backbone.trainingSolution(images, isSampled: false).finalState
    return ZubovTransform.logits(lyapunov().values(at: final), margin: settings.losses.margin)
  }

  public func trained() -> any TrainedClassifier {
    TrainedZubovNet(
      backbone: backbone.folded, lyapunov: withoutGradients { lyapunov() }.detached,
      margin: settings.losses.margin, level: settings.boundary.level,
      search: counterexampleSearch, auxiliaryHead: (head ?? equilibria).detached)
  }
}

extension ZubovNet: LayeredDynamics {
  public var dynamics: any Field { backbone.field }
  public var horizon: Double { backbone.flow.settings.horizon }
}
