import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// After FxTS-Net (Luo, Zou, Li, Huang, Neural Networks 185 (2025) 107219): a Lyapunov function made
/// from the labels is asked to reach 0 within a fixed time, on clean and on perturbed trajectories,
///
///     L = CE(h(T), y) + λ mean max(0, dV_y/dt + α V_y^p + β V_y^q).
///
/// **FxTS-style**: neither the paper's text beyond its abstract nor code could be read. Taken from
/// the abstract are the fixed-time condition with a time that the user chooses, a Lyapunov function
/// from supervised information, and simulated perturbations; from a later paper of its authors, that
/// it shares LyaNet's modulated dynamics. Everything else is derived: the form of V_y, its scale,
/// p, q, α and β (`FixedTimeStability(time:mu:)`), λ, and how perturbations are found. Results are
/// not comparable to the paper's numbers.
///
/// As for LyaNet, directions are smoothed. At gain 1 the field is too slow for the condition: on the
/// way to an anchor V falls about at the rate 2κ g/C at most. The loss then still says where to go,
/// and `violating` in the log stays at 1; with gains of 5 and 20 training got worse, or failed.
public enum FxTSNetMethod: Method {
  public struct Settings: Codable, Sendable {
    /// Features, field and flow.
    public var backbone: ModulatedBackbone.Settings
    /// The Lyapunov function of a label.
    public var lyapunov = Lyapunov()
    /// How soon it is to be 0.
    public var stability = Stability()
    /// Initial states for which that is asked too.
    public var perturbation = SimulatedPerturbation()
    @Setting("λ of the fixed-time loss; 0 leaves it out", .weight)
    public var weight = 1.0

    /// The Lyapunov function of a label.
    public struct Lyapunov: Codable, Sendable, Hashable {
      @Setting("V_y: anchor-distance, softmax-distance or cross-entropy (beyond τ)")
      public var form = LabelLyapunov.Form.anchorDistance
      @Setting("τ, below which the cross entropy counts as 0", .numbers(0...0.69))
      public var threshold = 0.01
      @Setting("whether V is divided by its value at h(0) = 0")
      public var isRelative = true
    }

    /// As `FixedTimeStability(time:mu:)` takes them.
    public struct Stability: Codable, Sendable, Hashable {
      @Setting("when V is to be 0, as a share of the flow's horizon", .positive)
      public var time = 1.0
      @Setting("μ of p = 1 - 1/μ, q = 1 + 1/μ, α = β = μπ/(2 time)", .above(1))
      public var mu = 5.0
    }
  }

  public static let name = "fxts-net"
  public static let summary = "FxTS-style: fixed-time stability of input-modulated logits"
  public static let reference =
    "after Luo, Zou, Li, Huang 2025, FxTS-Net: Fixed-Time Stable Learning Framework for Neural ODEs"

  /// For points directions are smoothed more, with ε = 1: at 0.1 derivatives through the solver reach
  /// 1e10 on `toy-2d`, and most trainings fail.
  public static func defaults(for input: ModelInput) -> Settings {
    var settings = Settings(backbone: .defaults(for: input))
    if input.shape.count == 1 { settings.backbone.smoothing = 1 }
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try FxTSNet(settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
