import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The neural delay differential equation (Zhu, Guo, Lin 2021): features, a field of the state and of the
/// state a delay before,
///
///     dh/dt = f(h(t), h(t - τ)),   h(t) = h(0) for t ≤ 0,
///
/// and a linear classifier of h(T), trained with cross entropy. Trajectories of a Neural ODE never cross,
/// so that in one dimension it keeps the order of its inputs; those of a delay equation do: with f = -(2/T) z
/// and τ ≥ T it maps every h to -h.
///
/// Solved by the method of steps, with steps of a fixed share of τ in training and in use. Gradients are
/// those of the computed solution, where the publication has an adjoint equation.
///
/// Deviation: the publication flows in pixel space, or augmented; here the state starts at the features of the
/// common extractor.
public enum DelayODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// From an input to the state h(0).
    public var features: Features.Settings
    /// The perceptron f(h, z).
    public var field = FieldSettings()
    @Setting("τ (publication: 1 and less)", .positive(upTo: 1e4))
    public var delay = 0.5
    @Setting("T, the end of the flow", .positive(upTo: 1e4))
    public var horizon = 1.0
    @Setting("m: steps are τ/m long", .integers(1...10_000))
    public var stepsPerDelay = 2
    @Setting("\(DelayField.methodNames), which know the state in a step")
    public var solver = Flow.Solver.dopri5

    /// A perceptron of two layers.
    public struct FieldSettings: Codable, Sendable {
      @Setting("hidden width of the field f(h, z)", .width)
      public var hidden: Int
      @Setting("between f's layers: tanh, sin, relu, softplus, half-swish")
      public var activation = Activation.tanh
    }
  }

  public static let name = "delay-ode"
  public static let summary = "neural delay differential equation (Zhu, Guo, Lin 2021)"
  public static let reference = "Zhu, Guo, Lin 2021, Neural Delay Differential Equations"

  /// Steps from 0 to T at most.
  private static let mostSteps = 100_000.0

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 0)
    var settings = Settings(features: backbone.features)
    settings.field.hidden = backbone.hidden
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try SettingsError.require(
      settings.solver.method.isAdaptive && settings.solver.method.isExplicit, "solver",
      "\(DelayField.methodNames), which know the state inside a step",
      settings.solver.rawValue)
    try SettingsError.require(
      settings.horizon / settings.delay * Double(settings.stepsPerDelay) <= mostSteps,
      "stepsPerDelay", "at most \(Int(mostSteps)) steps of delay / stepsPerDelay up to the horizon",
      settings.stepsPerDelay)
    return try HistoryModel(
      settings.features, input: input, generator: generator, dtype: dtype, device: device
    ) { dimension in
      DelayDynamics(
        settings: settings,
        field: DelayedField(
          dimension: dimension, hidden: settings.field.hidden,
          activation: settings.field.activation, generator: generator, dtype: dtype, device: device)
      )
    }
  }
}

/// The way of `delay-ode`, by the method of steps.
struct DelayDynamics: HistoryDynamics {
  static let stepSetting = "stepsPerDelay"

  let settings: DelayODEMethod.Settings
  let field: DelayedField

  var state: ModuleState { field.state }

  func solution(from initial: Tensor, refinement: Int) throws -> Solution {
    try solve(
      DelayField(delay: settings.delay) { field($1, $2) }, history: { _ in initial },
      at: [0, settings.horizon], method: settings.solver.method,
      stepsPerDelay: settings.stepsPerDelay * refinement)
  }
}

/// f(h, z) = W_2 a(W_0 (h, z) + b_0) + b_2 of a state h and the state z of a delay before, [N, d] each.
struct DelayedField: Module {
  let first: Linear
  let second: Linear
  let activation: Activation

  init(
    dimension: Int, hidden: Int, activation: Activation, generator: RandomGenerator,
    dtype: DType = .float32, device: Device = .cpu
  ) {
    first = Linear(
      inputs: 2 * dimension, outputs: hidden, generator: generator, dtype: dtype, device: device)
    second = Linear(
      inputs: hidden, outputs: dimension, generator: generator, dtype: dtype, device: device)
    self.activation = activation
  }

  var state: ModuleState { first.state.prefixed("0") + second.state.prefixed("2") }

  func callAsFunction(_ h: Tensor, _ delayed: Tensor) -> Tensor {
    second(activation(first(.concatenated([h, delayed], along: 1))))
  }
}
