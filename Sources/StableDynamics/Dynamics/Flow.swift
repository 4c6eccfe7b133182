import DifferentialEquations
import NeuralNetworks
import Tensors

/// The flow of a field from h(0) to h(T), with the solver's settings for training and for use.
public struct Flow: Sendable {
  public struct Settings: Codable, Sendable, Hashable {
    /// T.
    public var horizon = 1.0
    /// Γ, the number of equal intervals at whose ends the trajectory is sampled.
    public var intervals = 10
    public var solver = Solver.dopri5
    /// Absolute and relative tolerance in training (paper: 0.1).
    public var trainingTolerance = 0.1
    /// Absolute and relative tolerance in use (paper: 0.001).
    public var tolerance = 0.001
    /// Steps an interval, for solvers of fixed step.
    public var stepsPerInterval = 1
    /// Whether, in use, every sample has its own steps, so that its result does not depend on its
    /// batch-mates; training always takes one step size for the batch, as torchdiffeq does.
    public var errorNorm = ErrorNorm.perSample

    public init() {}

    public static let notes: SettingNotes = [
      "horizon": "T, the end of the flow (paper: 1; Table VI varies it)",
      "intervals": "Γ, equal intervals at whose ends the trajectory is sampled (paper: 10)",
      "solver": "adaptive: \(ButcherTableau.names(isAdaptive: true)) (paper: dopri5); fixed steps: "
        + ButcherTableau.names(isAdaptive: false),
      "trainingTolerance": "absolute and relative, in training (paper: 0.1)",
      "tolerance": "absolute and relative, in use (paper: 0.001)",
      "stepsPerInterval": "steps an interval, of solvers of fixed step",
      "errorNorm": "in use: per-sample (no dependence on batch-mates) or per-batch (torchdiffeq)",
    ]
  }

  public let settings: Settings
  /// Where the settings stand in the method's, for messages: `flow` or `backbone.flow`.
  public let path: String

  /// - Throws: `SettingsError`.
  public init(_ settings: Settings, path: String = "flow") throws {
    let require = SettingsError.require
    try SettingsError.within(path) {
      try require(
        settings.horizon > 0 && settings.horizon.isFinite, "horizon", "a positive number",
        settings.horizon)
      try require(settings.intervals >= 1, "intervals", "at least 1", settings.intervals)
      try require(
        settings.stepsPerInterval >= 1, "stepsPerInterval", "at least 1",
        settings.stepsPerInterval)
      for (name, value) in [
        ("trainingTolerance", settings.trainingTolerance), ("tolerance", settings.tolerance),
      ] {
        try require(value > 0 && value.isFinite, name, "a positive number", value)
      }
    }
    self.settings = settings
    self.path = path
  }

  /// t_0 = 0, ..., t_Γ = T.
  public var times: [Double] {
    (0...settings.intervals).map {
      settings.horizon * Double($0) / Double(settings.intervals)
    }
  }
}
