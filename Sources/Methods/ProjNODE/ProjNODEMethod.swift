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
    public var backbone: Backbone.Settings
    public var lyapunov: Lyapunov
    public var head = Head.orthogonal

    public struct Lyapunov: Codable, Sendable {
      /// Widths of the convex network's layers; the last is 1.
      public var sizes: [Int]
      /// ε of V = s(g - g(0)) + ε |h|².
      public var quadraticWeight = 0.01
      /// Width of the parabola in s.
      public var smoothing = 1.0
      /// a of dV/dt ≤ -a V.
      public var rate = 0.01
    }

    public enum Head: String, Codable, Sendable, CaseIterable {
      /// Rows stay orthonormal.
      case orthogonal
      case linear
    }
  }

  public static let name = "proj-node"
  public static let summary =
    "Neural ODE with its field projected onto the descent of a Lyapunov function"
  public static let reference =
    "Manek and Kolter 2019, Learning Stable Deep Dynamics Models; Chu et al. 2024 (LyaDEQ)"
  public static let notes =
    Backbone.Settings.notes.prefixed("backbone") + [
      "lyapunov.sizes": .init("widths of the convex network g; the last is 1", .width),
      "lyapunov.quadraticWeight": .init("ε of V = s(g - g(0)) + ε|h|² (code: 0.01)", .positive),
      "lyapunov.smoothing": .init(
        "width of the parabola in s, the smoothed ReLU (code: 1)", .positive),
      "lyapunov.rate": .init("a of dV/dt <= -a V (code: 0.01); greater contracts more", .weight),
      "head": "orthogonal (rows stay orthonormal, after LyaDEQ) or linear, both without bias",
    ]

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 3)
    let inner = max(backbone.features.dimension, 32)
    return Settings(backbone: backbone, lyapunov: .init(sizes: [inner, inner, 1]))
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let lyapunov = settings.lyapunov
    guard lyapunov.sizes.last == 1 else {
      throw SettingsError(
        setting: "lyapunov.sizes", expected: "positive widths, the last of them 1",
        found: "\(lyapunov.sizes)")
    }
    return try ProjNODE(
      settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
