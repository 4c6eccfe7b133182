import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The plain Neural ODE (Chen et al. 2018): features, a field, and a linear classifier of h(T),
/// trained with cross entropy.
public enum NeuralODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// Features, field and flow.
    public var backbone: Backbone.Settings
    /// Constant weights, as in the publication's experiments on images, unless set.
    public var field = TimeDependence()
    @Setting(Flow.Gradients.note)
    public var gradients = Flow.Gradients.direct
  }

  public static let name = "neural-ode"
  public static let summary = "plain Neural ODE with a linear classifier (Chen et al. 2018)"
  public static let reference = "Chen et al. 2018, Neural Ordinary Differential Equations"

  /// Raw features, as the paper's baseline; `model.backbone.features.radius` layer-norms them.
  public static func defaults(for input: ModelInput) -> Settings {
    Settings(backbone: .defaults(for: input, radius: 0))
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try NeuralODEModel(
      settings.backbone, dependence: settings.field, gradients: settings.gradients, input: input,
      generator: generator,
      dtype: dtype, device: device)
  }
}

/// Features, the flow of any field from them, and a linear classifier of h(T); cross entropy.
public struct NeuralODEModel: TrainableClassifier, FlowClassifier {
  let backbone: Backbone
  let head: Linear
  let gradients: Flow.Gradients

  init(
    _ settings: Backbone.Settings, extraDimensions: Int = 0,
    dependence: TimeDependence = .init(), gradients: Flow.Gradients = .direct, input: ModelInput,
    generator: RandomGenerator, dtype: DType, device: Device
  ) throws {
    self.gradients = gradients
    backbone = try Backbone(
      settings, extraDimensions: extraDimensions, dependence: dependence, input: input,
      generator: generator, dtype: dtype, device: device)
    try backbone.flow.require(gradients)
    head = Linear(
      inputs: settings.features.dimension + extraDimensions, outputs: input.classCount,
      hasBias: false, generator: generator, dtype: dtype, device: device)
  }

  /// Features, a field of a method's own, its flow, and a linear classifier without bias.
  ///
  /// - Parameter field: of as many dimensions as the features have.
  /// - Throws: `SettingsError`.
  init(
    _ features: Features.Settings, _ flow: Flow.Settings, input: ModelInput,
    generator: RandomGenerator, dtype: DType, device: Device, field: () -> any Field
  ) throws {
    // Weights are drawn in this order.
    let extractor = try Features(
      features, input: input, generator: generator, dtype: dtype, device: device)
    self.init(
      backbone: Backbone(features: extractor, field: field(), flow: try Flow(flow)),
      head: Linear(
        inputs: features.dimension, outputs: input.classCount, hasBias: false,
        generator: generator, dtype: dtype, device: device))
  }

  /// - Parameter head: from as many inputs as the state has dimensions to the scores of the classes.
  public init(backbone: Backbone, head: Linear) {
    self.backbone = backbone
    self.head = head
    gradients = .direct
  }

  public var classCount: Int { head.weight.shape[0] }
  public var state: ModuleState { backbone.state + head.state.prefixed("head") }

  public var hiddenUnits: [HiddenUnits] {
    backbone.hiddenUnits.map { $0.prefixed(setting: "backbone") }
  }

  public func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    // Only the end is asked for, so nothing is interpolated on the way.
    let solution = try backbone.trainingSolution(
      images, isSampled: false, gradients: gradients)
    return Objective(
      crossEntropyOf: scores(of: solution.finalState), labels: labels,
      evaluations: solution.statistics.evaluations)
  }

  public func trainingLogits(_ images: Tensor) throws -> Tensor {
    scores(
      of: try backbone.trainingSolution(images, isSampled: false, gradients: gradients)
        .finalState)
  }

  public func trained() -> any TrainedClassifier {
    NeuralODEModel(backbone: backbone.folded, head: head)
  }

  public var flow: Flow { backbone.flow }
  public func problem(of images: Tensor) -> InitialValueProblem { backbone.problem(of: images) }

  /// Of a state without its time, where it has one.
  public func scores(of states: Tensor) -> Tensor {
    head(states.withoutTime(dimension: head.weight.shape[1]))
  }
}

extension NeuralODEModel: LipschitzCertifiable {
  public func lipschitzCertificate(
    images: Tensor, labels: [Int], batchSize: Int, progress: (Int) -> Void
  ) throws -> LipschitzCertificate? {
    guard let flowBound = try backbone.flowBound() else { return nil }
    return try LipschitzChain(
      features: backbone.features, flowBound: flowBound, slopes: ScoreSlopes(weight: head.weight),
      scores: logits
    ).certificate(images: images, labels: labels, batchSize: batchSize, progress: progress)
  }
}

extension NeuralODEModel: LayeredDynamics {
  public var dynamics: any Field { backbone.field }
  public var horizon: Double { flow.settings.horizon }
}
