import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// Zubov-Net (the paper): Lyapunov functions as the classifier, a Zubov-equation consistency loss
/// and a separation loss on boundary points.
public enum ZubovNetMethod: Method {
  public struct Settings: Codable, Sendable {
    public var backbone: Backbone.Settings
    public var lyapunov: Lyapunov
    public var losses: Losses
    public var boundary: Boundary
    public var counterexamples: Counterexamples

    public struct Lyapunov: Codable, Sendable {
      /// PIACNN (the paper's), or PICNN, or ICNN (Table V).
      public var architecture = ConvexArchitectureKind.piacnn
      /// Widths n_0, ..., n_{k-1} of the convex path; the last is 1.
      public var sizes: [Int]
      /// Widths m_1, ..., m_{k-1} of the path of c.
      public var contextSizes: [Int]
      /// δ.
      public var quadraticWeight = 0.5
      /// Width of the parabola in the smoothed ReLU σ.
      public var smoothing = 0.1
      /// ||c_i||.
      public var radius = 3.0
    }

    public struct Losses: Codable, Sendable {
      /// α of L_cla, in [0, 1). The paper gives no value.
      public var margin = 0.99
      /// λ1, of the auxiliary linear head's cross entropy.
      public var auxiliary = 1.5
      /// λ2, of the consistency loss.
      public var consistency = 0.12
      /// λ3, of the separation loss.
      public var separation = 0.9
      /// β of W^β.
      public var exponent = 0.85
      public var relation = ConsistencyLoss.Relation.equality
      /// How L_con is averaged over S_2: `mean` over all its points, or `sum` per sample.
      public var consistencyReduction = Reduction.mean
      /// Whether the auxiliary head's rows are the c_i (`tied`) or learned (`free`).
      public var auxiliaryHead = Head.tied
    }

    public enum Reduction: String, Codable, Sendable, CaseIterable { case mean, sum }
    public enum Head: String, Codable, Sendable, CaseIterable { case tied, free }

    public struct Boundary: Codable, Sendable {
      /// ρ: the boundary of the prescribed region is W = ρ.
      public var level = 0.95
      /// ε of Algorithm 1.
      public var tolerance = 0.01
      public var iterationLimit = 30
      public var search = BoundarySampler.Search.newton
      /// Random directions for each ordered pair of classes, beside the primary one.
      public var randomDirections: Int
      /// Classes whose boundaries are sampled in an epoch.
      public var classesPerEpoch = 30
      /// Pairs of a ray and a foreign class that are sampled in a step; 0 takes all (paper).
      public var pairs = 0
    }

    public struct Counterexamples: Codable, Sendable {
      /// N_2.
      public var steps = 5
      /// η_2.
      public var rate = 1.2
    }
  }

  public static let name = "zubov-net"
  public static let summary =
    "Zubov-Net: Lyapunov functions as classifier, aligned by Zubov's equation"

  public static let reference =
    "Luo, Zou, Huang, Learning Aligned Stability in Neural ODEs Reconciling Accuracy with Robustness"
  public static let notes =
    Backbone.Settings.notes.prefixed("backbone") + [
      "lyapunov.architecture": "piacnn (the paper's), picnn or icnn (Table V)",
      "lyapunov.sizes": .init("widths of the convex path; the last is 1", .width),
      "lyapunov.contextSizes": .init("widths of the path of c, one fewer", .width),
      "lyapunov.quadraticWeight": .init("δ of V = σ(g - g(0)) + δ|h - c|² (paper: 0.5)", .positive),
      "lyapunov.smoothing": .init("width of the parabola in the smoothed ReLU σ", .positive),
      "lyapunov.radius": .init("length of the equilibria c_i; not given in the paper", .positive),
      "losses.margin": .init("α of L_cla; not given in the paper", .shareBelowOne),
      "losses.auxiliary": .init(
        "λ1, cross entropy of the auxiliary linear head (paper: 1.5)", .weight),
      "losses.consistency": .init(
        "λ2, Zubov's equation (paper: 0.12); 0 leaves it out (Table V)", .weight),
      "losses.separation": .init(
        "λ3, boundary points apart (paper: 0.9); 0 leaves it out (Table V)", .weight),
      "losses.exponent": .init("β of W^β in L_sep (paper: 0.85)", .positive),
      "losses.relation": "equality (the paper's) or inequality (Table V)",
      "losses.consistencyReduction": "mean over the points of S_2, or sum a sample",
      "losses.auxiliaryHead": "tied: its rows are the c_i; free: learned",
      "boundary.level": .init("ρ: the boundary of a prescribed region is W = ρ", .innerShare),
      "boundary.tolerance": .init("ε of Algorithm 1 (paper: 0.01)", .positive),
      "boundary.iterationLimit": .init("of the search along a ray", .integers(1...10_000)),
      "boundary.search": "newton, or bisection (Algorithm 1 as printed; same points, slower)",
      "boundary.randomDirections": .init(
        "rays a pair of classes beside the primary one (paper: 20)", .integers(0...10_000)),
      "boundary.classesPerEpoch": .init(
        "classes whose boundaries are sampled in an epoch (paper: 30)", .integers(1...65_536)),
      "boundary.pairs": .init(
        "pairs of a ray and a foreign class sampled for L_sep in a step, without bias; "
          + "0: all (paper)", .integers(0...10_000_000)),
      "counterexamples.steps": .init(
        "N_2, ascent steps of the search (paper: 5)", .integers(0...10_000)),
      "counterexamples.rate": .init("η_2, their length factor (paper: 1.2)", .weight),
    ]

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 3)
    let width = backbone.features.dimension
    // Small: three layers, 3 directions; the paper's: two layers, 20 directions.
    let isSmall = input.scale == .small
    let inner = max(width, 32)
    return Settings(
      backbone: backbone,
      lyapunov: .init(
        sizes: isSmall ? [inner, inner, 1] : [256, 1],
        contextSizes: isSmall ? [inner, inner] : [256]),
      losses: .init(),
      boundary: .init(
        randomDirections: isSmall ? 3 : 20,
        // Up to ten classes all pairs: 17,010 at the paper's settings. Their number grows with the cube
        // of the classes.
        pairs: input.classCount <= 10 ? 0 : 16_384),
      counterexamples: .init())
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let lyapunov = settings.lyapunov
    try lyapunov.architecture.validate(
      sizes: lyapunov.sizes, contextSizes: lyapunov.contextSizes, classCount: input.classCount,
      dimension: settings.backbone.features.dimension, features: "backbone.features")
    return try ZubovNet(
      settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
