import NeuralNetworks
import Settings
import Tensors

/// Proj-NODE: a Neural ODE whose field is projected so that a learned Lyapunov function of the
/// origin decreases along it (Manek and Kolter 2019), with a classifier of h(T) trained by cross
/// entropy alone, as Zubov-Net's comparison has it and as LyaDEQ (Chu et al. 2024).
///
/// All classes share the equilibrium, so with a longer T or a greater rate a margins shrink. The
/// sizes of g are those that give the comparison's 11.632 million parameters; the orthogonal head
/// is LyaDEQ's, as far as its abstract tells. Features are layer-normed by default, and s is as wide
/// as in the code of 2019 (a width of 0.1 is an option): near the surface g(h) = g(0), in a layer
/// as thin as s is narrow and ε |h| is small, ∇V turns from 2 ε h to ∇g, and raw features, which
/// start out short, lie in that layer, where f is too steep for a solver and for training.
public enum ProjNODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// Features, field and flow.
    public var backbone: Backbone.Settings
    /// The Lyapunov function that states descend.
    public var lyapunov: Lyapunov
    @Setting(Settings.Head.note)
    public var head = Head.orthogonal
    /// β > 0: what is projected is f̂ / (1 + max(0, f̂ · n) / β); 0: f̂ itself.
    @Setting("f̂ slows down where it climbs V faster than this; 0: nowhere", .weight)
    public var speedLimit = 0.0
  }

  public static let name = "proj-node"
  public static let summary =
    "Neural ODE with its field projected onto the descent of a Lyapunov function"
  public static let reference =
    "Manek and Kolter 2019, Learning Stable Deep Dynamics Models; Chu et al. 2024 (LyaDEQ)"

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 3)
    return Settings(
      backbone: backbone, lyapunov: .init(dimension: backbone.features.dimension))
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try settings.lyapunov.validate()
    return try ProjNODE(
      settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
