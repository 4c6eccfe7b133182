import DifferentialEquations
import NeuralNetworks
import Settings
import Tensors

/// The flow of a field from h(0) to h(T), with the solver's settings for training and for use.
public struct Flow: Sendable {
  /// Horizon, solver and tolerances.
  public struct Settings: Codable, Sendable, Hashable {
    @Setting("T, the end of the flow (paper: 1; Table VI varies it)", .positive(upTo: 1e4))
    public var horizon = 1.0
    @Setting(
      "Γ, equal intervals at whose ends the trajectory is sampled (paper: 10)",
      .integers(1...10_000))
    public var intervals = 10
    @Setting("of adaptive steps (paper: dopri5) or of fixed ones: Documentation/Solvers.md has all")
    public var solver = Solver.dopri5
    @Setting("absolute and relative, in training (paper: 0.1)", .positive(upTo: 1e3))
    public var trainingTolerance = 0.1
    @Setting("absolute and relative, in use (paper: 0.001)", .positive(upTo: 1e3))
    public var tolerance = 0.001
    @Setting("steps an interval, of solvers of fixed step", .integers(1...10_000))
    public var stepsPerInterval = 1
    /// Whether, in use, every sample has its own steps, so that its result does not depend on its
    /// batch-mates; training always takes one step size for the batch, as torchdiffeq does.
    @Setting("in use: per-sample (no dependence on batch-mates) or per-batch (torchdiffeq)")
    public var errorNorm = ErrorNorm.perSample

    /// The paper's.
    public init() {}
  }

  /// What the flow was made with, within its ranges.
  public let settings: Settings
  /// Where the settings stand in the method's, for messages: `flow` or `backbone.flow`.
  public let path: String

  /// - Throws: `SettingsError`.
  public init(_ settings: Settings, path: String = "flow") throws {
    try SettingsError.within(path) { try SettingNotes(of: Settings()).check(settings) }
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
