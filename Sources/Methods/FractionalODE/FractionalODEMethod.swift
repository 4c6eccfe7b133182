import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// A Neural ODE with a derivative of fractional order α in Caputo's sense (after Kang et al. 2024, whose networks
/// are of graphs, and Cui et al. 2025): features, D^α h = f(h), and a linear classifier of h(T), trained with
/// cross entropy. States remember their past: what a stable linear field forgets as e^-t fades as t^-α here.
///
/// Solved by the predictor-corrector method of fixed steps in training and in use.
public enum FractionalODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// From an input to the state h(0).
    public var features: Features.Settings
    @Setting("hidden width of the field f, a perceptron with tanh", .width)
    public var hidden: Int
    @Setting("α of the derivative; 1 is a Neural ODE", .numbers(0.01...1))
    public var order = 0.7
    @Setting("T, the end of the flow", .positive(upTo: 1e4))
    public var horizon = 1.0
    @Setting("equal steps from 0 to T; sums grow with their square", .integers(1...5000))
    public var steps = 10
  }

  public static let name = "fractional-ode"
  public static let summary =
    "Neural ODE with a derivative of fractional order (after Kang et al. 2024)"
  public static let reference =
    "Kang et al. 2024, Coupling Graph Neural Networks with Fractional Order Continuous Dynamics"

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 0)
    var settings = Settings(features: backbone.features)
    settings.hidden = backbone.hidden
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try HistoryModel(
      settings.features, input: input, generator: generator, dtype: dtype, device: device
    ) { dimension in
      FractionalDynamics(
        settings: settings,
        field: TanhField(
          dimension: dimension, hidden: settings.hidden, generator: generator, dtype: dtype,
          device: device))
    }
  }
}

/// The way of `fractional-ode`, by predictor and corrector.
struct FractionalDynamics: HistoryDynamics {
  static let stepSetting = "steps"

  let settings: FractionalODEMethod.Settings
  let field: TanhField

  var state: ModuleState { field.state }

  func solution(from initial: Tensor, refinement: Int) throws -> Solution {
    try solve(
      FractionalField(order: settings.order) { field($1) }, from: initial, to: settings.horizon,
      steps: settings.steps * refinement)
  }
}
