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

extension Flow {
  /// A method of the catalogue, `ButcherTableau.catalog`, as settings have it: by its name.
  public struct Solver: RawRepresentable, Codable, Sendable, Hashable, CaseIterable {
    /// The coefficients, with those of the embedded estimate of the error where there is one.
    public let method: ButcherTableau

    public init(_ method: ButcherTableau) { self.method = method }

    /// Nil if no method has the name.
    public init?(rawValue name: String) {
      guard let method = ButcherTableau.named(name) else { return nil }
      self.method = method
    }

    public var rawValue: String { method.name }

    /// Whether the steps are chosen by their error.
    public var isAdaptive: Bool { method.isAdaptive }

    public static var allCases: [Solver] { ButcherTableau.all.map(Solver.init) }

    /// Dormand and Prince's method of order 5(4), of adaptive steps: the paper's and torchdiffeq's
    /// default.
    public static let dopri5 = Solver(.dormandPrince)
    /// Euler's method, of order 1.
    public static let euler = Solver(.euler)
    /// The explicit midpoint method, of order 2.
    public static let midpoint = Solver(.midpoint)
    /// Heun's method, of order 2.
    public static let heun = Solver(.heun)
    /// The classical Runge-Kutta method, of order 4.
    public static let rk4 = Solver(.classicalRungeKutta)
  }
}

extension Flow {
  /// - Throws: `SettingsError` unless training can differentiate this flow so.
  package func require(_ gradients: Gradients) throws(SettingsError) {
    guard gradients != .adjoint || settings.solver.method.isExplicit else {
      throw SettingsError(
        setting: "\(path).solver",
        expected: ButcherTableau.names { $0.isExplicit && $0.isAdaptive }
          + " for gradients by the adjoint equations, which have no Jacobian to solve with",
        found: settings.solver.rawValue)
    }
  }

  /// How training differentiates a flow, as settings have it.
  public enum Gradients: String, Codable, Sendable, CaseIterable {
    /// Through every step, all of which are kept.
    case direct
    /// By the adjoint equations backwards in time, up to the training tolerance.
    case adjoint
    /// As `direct`, from some of the states: in little memory, for about one more forward pass.
    case checkpointed

    /// For a field of these parameters.
    package func mode(_ parameters: [Tensor]) -> GradientMode {
      switch self {
      case .direct: .direct
      case .adjoint: .adjoint(parameters: parameters)
      case .checkpointed: .checkpointed(parameters: parameters)
      }
    }

    package static let note: SettingNote = .init(
      "of the flow in training: direct, checkpointed (the same in O(√steps) memory) or adjoint")
  }
}
