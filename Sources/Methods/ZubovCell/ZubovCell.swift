import DifferentialEquations
import Foundation
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The model of `zubov-cell` in training.
struct ZubovCell: TrainableClassifier {
  let settings: ZubovCellMethod.Settings
  let features: Features
  let field: SinkField
  let flow: Flow
  let convex: any ConvexArchitecture
  /// ln s of Bregman's form, [1].
  let logScale: Tensor
  /// c_i, [L, d]: a buffer, never trained.
  let equilibria: Tensor

  init(
    _ settings: ZubovCellMethod.Settings, input: ModelInput, generator: RandomGenerator,
    dtype: DType, device: Device
  ) throws {
    self.settings = settings
    let dimension = settings.features.dimension
    features = try Features(
      settings.features, input: input, generator: generator, dtype: dtype, device: device)
    flow = try Flow(settings.flow)
    let equilibria = Equilibria.leastMaximalCosine(
      count: input.classCount, dimension: dimension, radius: settings.lyapunov.radius,
      generator: generator, dtype: dtype
    ).to(device)
    self.equilibria = equilibria
    field = SinkField(
      equilibria: equilibria, hidden: settings.field.hidden, rate: settings.speed / 2,
      generator: generator, dtype: dtype, device: device)
    let convex = settings.lyapunov.architecture.build(
      classCount: input.classCount, dimension: dimension, sizes: settings.lyapunov.sizes,
      contextSizes: settings.lyapunov.contextSizes, generator: generator, dtype: dtype,
      device: device)
    self.convex = convex
    let scale = withoutGradients {
      LearnedPart.bregmanScale(
        of: convex.networks(for: equilibria), equilibria: equilibria,
        quadraticWeight: settings.lyapunov.quadraticWeight, share: settings.lyapunov.share)
    }
    logScale = Tensor.full(log(scale), [1], dtype: dtype, device: device).differentiable()
  }

  var state: ModuleState {
    features.state.prefixed("extractor") + field.state.prefixed("dynamics")
      + ModuleState(buffers: ["equilibria": equilibria])
      + convex.state.prefixed("lyapunov")
      + ModuleState(parameters: ["lyapunov.log_scale": logScale])
  }

  func restoreConstraints() { convex.restoreConvexity() }

  var phases: [TrainingPhase] {
    let alignment = settings.alignment
    return [
      TrainingPhase("model", share: 1 - alignment.share, gradientClipping: 5),
      TrainingPhase(
        "field", share: alignment.share, parameters: ["dynamics"],
        learningRateFactor: alignment.learningRateFactor, decay: .cosine, gradientClipping: 5),
    ]
  }

  /// V of all classes with the parameters as they stand, recorded.
  func lyapunov() -> LyapunovFunction {
    let networks = convex.networks(for: equilibria)
    return LyapunovFunction(
      networks: networks, equilibria: equilibria,
      quadraticWeight: settings.lyapunov.quadraticWeight,
      learnedPart: .bregman(scale: logScale.exp, slopesAtOrigin: networks.slopesAtOrigin))
  }

  var equation: CellEquation { CellEquation(speed: settings.speed) }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let objective = ZubovCellObjective(model: self, step: step)
    return step.phase == 0
      ? try objective.ofModel(images: images, labels: labels)
      : try objective.ofField(images: images)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor {
    let initial = features(images, mode: .training)
    let final = try flow.training(of: field.prepared(), from: initial, isSampled: false).finalState
    return ZubovTransform.logits(lyapunov().values(at: final), margin: settings.losses.margin)
  }

  func trained() -> any TrainedClassifier {
    TrainedZubovCell(
      features: features.foldedForInference(), field: field,
      velocity: withoutGradients { field.prepared() },
      flow: flow, lyapunov: withoutGradients { lyapunov() }.detached,
      margin: settings.losses.margin, equation: equation)
  }
}
