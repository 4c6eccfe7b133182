import DifferentialEquations
import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// What the neural ODEs of the family share: features φ, a field f and its flow.
public struct Backbone: Module {
  /// What a backbone is made of, in a method's settings.
  public struct Settings: Codable, Sendable, Hashable {
    /// From an input to the state h(0).
    public var features: Features.Settings
    @Setting("hidden width of the field f (paper: 256)", .width)
    public var hidden: Int
    @Setting("between f's layers: tanh (the paper's), sin, relu, softplus, half-swish")
    public var activation: Activation
    /// How long the state flows, and how that is solved.
    public var flow: Flow.Settings

    /// A backbone of these parts.
    public init(
      features: Features.Settings, hidden: Int = 256, activation: Activation = .tanh,
      flow: Flow.Settings = .init()
    ) {
      self.features = features
      self.flow = flow
      self.hidden = hidden
      self.activation = activation
    }

    /// The preset for an input: d = 2 for points of the plane, 16 for other vectors, 64 for small models,
    /// 256 for the paper's.
    public static func defaults(for input: ModelInput, radius: Double) -> Settings {
      if input.shape.count == 1 {
        let center = InputNormalization(
          mean: [Double](repeating: 0.5, count: input.shape[0]),
          deviation: [Double](repeating: 0.2, count: input.shape[0]))
        return Settings(
          features: .init(
            dimension: input.shape[0] <= 2 ? 2 : 16, radius: 0,
            normalization: input.statistics ?? center),
          hidden: 64)
      }
      return Settings(
        features: .init(
          extractor: .preset(for: input), dimension: input.scale == .small ? 64 : 256,
          radius: radius))
    }
  }

  /// φ: images to h(0), before any extra dimensions.
  public let features: Features
  /// f, of states with their extra dimensions.
  public let field: any Field
  /// The solver and T.
  public let flow: Flow
  /// Dimensions of the state beyond those of the features, in which it starts at 0.
  public let extraDimensions: Int

  /// - Parameters:
  ///   - extraDimensions: added to the state behind the features (ANODE).
  ///   - dependence: of the field on time, which is then one more dimension, the last.
  /// - Throws: `SettingsError` for a setting out of its range, or that does not suit the input.
  public init(
    _ settings: Settings, extraDimensions: Int = 0, dependence: TimeDependence = .init(),
    input: ModelInput, generator: RandomGenerator, dtype: DType, device: Device
  ) throws {
    try SettingsError.within("backbone") {
      try SettingNotes(of: Settings.defaults(for: input, radius: 0)).check(settings)
    }
    features = try Features(
      settings.features, path: "backbone.features", input: input, generator: generator,
      dtype: dtype,
      device: device)
    let dimension = settings.features.dimension + extraDimensions
    flow = try Flow(settings.flow, path: "backbone.flow")
    guard dependence.time == .none else {
      self.extraDimensions = extraDimensions + 1
      field = TimeVaryingField(
        dimension: dimension, hidden: settings.hidden, activation: settings.activation,
        dependence: dependence, horizon: settings.flow.horizon, generator: generator, dtype: dtype,
        device: device)
      return
    }
    self.extraDimensions = extraDimensions
    field =
      settings.activation == .tanh
      ? TanhField(
        dimension: dimension, hidden: settings.hidden, generator: generator, dtype: dtype,
        device: device)
      : PerceptronField(
        dimension: dimension, hidden: settings.hidden, activation: settings.activation,
        generator: generator, dtype: dtype, device: device)
  }

  /// Features, a field of a method's own, and its flow.
  public init(features: Features, field: any Field, flow: Flow) {
    self.features = features
    self.field = field
    self.flow = flow
    extraDimensions = 0
  }

  private init(folding backbone: Backbone) {
    features = backbone.features.foldedForInference()
    field = backbone.field
    flow = backbone.flow
    extraDimensions = backbone.extraDimensions
  }

  public var state: ModuleState {
    features.state.prefixed("extractor") + field.state.prefixed("dynamics")
  }

  /// Units that can be left out, by the names of `state` and the keys of `Settings`.
  public var hiddenUnits: [HiddenUnits] {
    features.hiddenUnits.map { $0.prefixed("extractor", setting: "features") }
      + field.hiddenUnits.map { $0.prefixed("dynamics") }
  }

  /// The same for use: batch normalisation folded into the convolutions.
  public var folded: Backbone {
    Backbone(folding: self)
  }

  /// h(0) of images, in use.
  public func initialState(_ images: Tensor) -> Tensor { initialState(images, mode: .inference) }

  /// h(0) of images: the features, and zeros behind them if the state has extra dimensions.
  public func initialState(_ images: Tensor, mode: ForwardMode) -> Tensor {
    let initial = features(images, mode: mode)
    return extraDimensions == 0 ? initial : initial.padded([0, extraDimensions])
  }

  /// f and h(0) of images, in use.
  public func problem(of images: Tensor) -> InitialValueProblem {
    InitialValueProblem(field: field.preparedForSolver(), from: initialState(images))
  }

  /// The solution from h(0) to h(T) of images, in use.
  ///
  /// - Throws: `IntegrationFailure`.
  public func solution(_ images: Tensor) throws -> Solution {
    try flow.solution(of: problem(of: images))
  }

  /// The solution from h(0) to h(T) of images in training, recorded; only its ends unless sampled.
  ///
  /// - Throws: `IntegrationFailure`.
  public func trainingSolution(
    _ images: Tensor, isSampled: Bool, gradients: Flow.Gradients = .direct
  ) throws -> Solution {
    let initial = initialState(images, mode: .training)
    guard gradients != .direct else {
      return try flow.training(of: field.preparedForSolver(), from: initial, isSampled: isSampled)
    }
    // What is prepared would be no parameter, and its graph be differentiated more than once.
    return try flow.training(
      of: .autonomous { field($0) }, from: initial, isSampled: isSampled,
      gradients: gradients.mode(field.parameters))
  }
}

extension Backbone {
  /// An upper bound of the Lipschitz constant of the map from features to h(T) on the solver's grid;
  /// nil if nothing is known that bounds the field. Where several bounds are, the least counts.
  /// (Extra dimensions, which start at 0, change nothing.)
  ///
  /// - Throws: `SettingsError` for a solver that chooses its steps.
  func flowBound() throws -> Double? {
    let byJacobians = try (field as? any JacobianBounded).map {
      try flow.lipschitzBound($0.jacobianBall)
    }
    let byCircles = try (field as? any CircleBounded)?.circles.map { try flow.lipschitzBound($0) }
    return ((byCircles ?? []) + [byJacobians].compactMap { $0 }).min()
  }
}
