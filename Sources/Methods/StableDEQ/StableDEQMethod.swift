import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// A deep equilibrium model made stable by a projection (after Chu et al. 2024, LyaDEQ): with features
/// φ = h(0) of an image, the equilibrium is z* = g(z*) with g(z) = tanh(W z + U φ + b), and
///
///     dh/dt = g(h) - h,   projected so that dV/dt ≤ -a V along it,   V(h) = s(g̃(h - z*) - g̃(0)) + ε ‖h - z*‖²,
///
/// V being that of `proj-node` around z*. So every trajectory ends at the image's own equilibrium, where in
/// `proj-node` all images share one, and ‖h(t) - z*‖² ≤ V(h(0)) e^{-at} / ε. A linear map of h(T) classifies,
/// trained by cross entropy.
///
/// The fixed point is found by Anderson's acceleration and differentiated by the implicit function theorem
/// (`EquilibriumMap`). LyaDEQ's text could not be read. Choices of ours: ‖W‖ ≤ γ < 1, without which an
/// equilibrium depends on how it is looked for; the state begins at the features and is read at a time T; the
/// orthogonal head is theirs, as far as the abstract tells.
public enum StableDEQMethod: Method {
  public struct Settings: Codable, Sendable {
    /// From an input to the state h(0).
    public var features: Features.Settings
    @Setting("γ, the largest norm of W; below 1 there is one equilibrium", .innerShare)
    public var gain = 0.9
    /// The Lyapunov function around an equilibrium.
    public var lyapunov: ProjNODEMethod.Settings.Lyapunov
    @Setting(ProjNODEMethod.Settings.Head.note)
    public var head = ProjNODEMethod.Settings.Head.orthogonal
    @Setting("m, states that Anderson's acceleration combines", .integers(1...100))
    public var memory = 5
    @Setting("evaluations of g that it takes at most", .integers(1...10_000))
    public var iterations = 30
    @Setting(
      "residual, relative to the state, from which a step of Newton's method ends it",
      .positive(upTo: 1))
    public var tolerance = 1e-4
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()

    var acceleration: AndersonAcceleration {
      AndersonAcceleration(memory: memory, iterations: iterations, tolerance: tolerance)
    }
  }

  public static let name = "stable-deq"
  public static let summary =
    "deep equilibrium model whose equilibria attract by a projected field (after Chu et al. 2024)"
  public static let reference =
    "Chu et al. 2024, Lyapunov-Stable Deep Equilibrium Models; Bai et al. 2019"

  /// With a rate that the free field does not have: without W, ‖h - z*‖² falls like e^{-2t}. The
  /// projection begins to act at surfaces, where a step is as good as it is short: a finer tolerance in use.
  public static func defaults(for input: ModelInput) -> Settings {
    let features = Backbone.Settings.defaults(for: input, radius: 3).features
    var settings = Settings(features: features, lyapunov: .init(dimension: features.dimension))
    settings.lyapunov.rate = 2.5
    settings.flow.horizon = 2
    settings.flow.tolerance = 1e-4
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try settings.lyapunov.validate()
    return try StableDEQ(
      settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
