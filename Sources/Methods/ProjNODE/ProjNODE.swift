import DifferentialEquations
import NeuralNetworks
import StableDynamics
import Tensors

/// A Neural ODE in training whose field is projected anew in each step; in use it is a plain one.
struct ProjNODE: TrainableClassifier {
  let settings: ProjNODEMethod.Settings
  /// With the free field f̂.
  let backbone: Backbone
  let convex: ScalarConvexNetwork
  let head: Linear

  init(
    _ settings: ProjNODEMethod.Settings, input: ModelInput, generator: RandomGenerator,
    dtype: DType, device: Device
  ) throws {
    self.settings = settings
    let dimension = settings.backbone.features.dimension
    backbone = try Backbone(
      settings.backbone, input: input, generator: generator, dtype: dtype, device: device)
    convex = ScalarConvexNetwork(
      dimension: dimension, sizes: settings.lyapunov.sizes, generator: generator, dtype: dtype,
      device: device)
    head = settings.head.layer(
      inputs: dimension, outputs: input.classCount, generator: generator, dtype: dtype,
      device: device)
  }

  var state: ModuleState {
    backbone.state + convex.state.prefixed("lyapunov") + head.state.prefixed("head")
  }

  var hiddenUnits: [HiddenUnits] { backbone.hiddenUnits.map { $0.prefixed(setting: "backbone") } }

  /// An orthogonal head stays so.
  var constrainedParts: [String] { ["lyapunov"] + (settings.head == .orthogonal ? ["head"] : []) }

  /// The Neural ODE of the parameters as they stand: g(0) is evaluated here.
  private func projected() -> NeuralODEModel {
    let field = ProjectedField(
      nominal: backbone.field,
      lyapunov: OriginLyapunov(network: convex, settings.lyapunov),
      rate: settings.lyapunov.rate, speedLimit: settings.speedLimit)
    return NeuralODEModel(
      backbone: Backbone(features: backbone.features, field: field, flow: backbone.flow),
      head: head)
  }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    try projected().objective(images: images, labels: labels, step: step)
  }

  func trainingLogits(_ images: Tensor) throws -> Tensor {
    try projected().trainingLogits(images)
  }

  func restoreConstraints() {
    convex.restoreConvexity()
    settings.head.restore(head)
  }

  func trained() -> any TrainedClassifier { withoutGradients { projected() }.trained() }
}
