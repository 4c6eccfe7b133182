import DifferentialEquations
import NeuralNetworks
import Tensors

/// The plain Neural ODE (Chen et al. 2018): features, a field, and a linear classifier of h(T),
/// trained with cross entropy.
public enum NeuralODEMethod: Method {
  public struct Settings: Codable, Sendable {
    public var backbone: Backbone.Settings
  }

  public static let name = "neural-ode"
  public static let summary = "plain Neural ODE with a linear classifier (Chen et al. 2018)"

  /// Raw features, as the paper's baseline; `model.backbone.features.radius` layer-norms them.
  public static func defaults(for input: ModelInput) -> Settings {
    Settings(backbone: .defaults(for: input, radius: 0))
  }

  public static func build(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let backbone = try Backbone(
      settings.backbone, input: input, generator: generator, dtype: dtype, device: device)
    let head = Linear(
      inputs: settings.backbone.features.dimension, outputs: input.classCount, hasBias: false,
      generator: generator, dtype: dtype, device: device)
    return NeuralODEModel(backbone: backbone, head: head)
  }
}

struct NeuralODEModel: TrainableClassifier, TrainedClassifier {
  let backbone: Backbone
  let head: Linear

  var classCount: Int { head.weight.shape[0] }
  var state: ModuleState { backbone.state + head.state.prefixed("head") }

  func objective(images: Tensor, labels: Tensor, step: TrainingStep) throws -> Objective {
    let initial = backbone.features(images, mode: .training)
    // Only the end is asked for, so nothing is interpolated on the way.
    let solution = try backbone.flow.training(
      of: { backbone.field($0) }, from: initial, isSampled: false)
    let loss = crossEntropy(logits: head(solution.finalState), labels: labels).mean()
    return Objective(
      total: loss, terms: [("cross-entropy", loss)],
      evaluations: solution.statistics.evaluations)
  }

  func trained() -> any TrainedClassifier {
    NeuralODEModel(backbone: backbone.folded, head: head)
  }

  func logits(_ images: Tensor) throws -> Tensor { head(try backbone.finalState(images)) }

  func outputs(_ images: Tensor) throws -> [String: Tensor] {
    let initial = backbone.initialState(images)
    let final = try backbone.flow.end(of: { backbone.field($0) }, from: initial)
    return ["features": initial, "state": final, "logits": head(final)]
  }
}
