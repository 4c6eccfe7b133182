import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// Zubov-Net (the paper): Lyapunov functions as the classifier, a Zubov-equation consistency loss
/// and a separation loss on boundary points.
public enum ZubovNetMethod: Method {
  public struct Settings: Codable, Sendable {
    /// Features, field and flow.
    public var backbone: Backbone.Settings
    /// The Lyapunov functions of the classes.
    public var lyapunov = Lyapunov()
    /// Weights and forms of the losses.
    public var losses = Losses()
    /// How boundaries of the prescribed regions are sampled (Algorithm 1).
    public var boundary = Boundary()
    /// How states are sought that break Zubov's equation.
    public var counterexamples = Counterexamples()

    /// The Lyapunov functions of the classes.
    public struct Lyapunov: Codable, Sendable {
      @Setting("piacnn (the paper's), picnn or icnn (Table V)")
      public var architecture = ConvexArchitectureKind.piacnn
      /// Widths n_0, ..., n_{k-1} of the convex path; the last is 1.
      @Setting("widths of the convex path; the last is 1", .width)
      public var sizes: [Int]
      /// Widths m_1, ..., m_{k-1} of the path of c.
      @Setting("widths of the path of c, one fewer", .width)
      public var contextSizes: [Int]
      @Setting("δ of V = σ(g - g(0)) + δ|h - c|² (paper: 0.5)", .positive)
      public var quadraticWeight = 0.5
      @Setting("width of the parabola in the smoothed ReLU σ", .positive)
      public var smoothing = 0.1
      @Setting("length of the equilibria c_i; not given in the paper", .positive)
      public var radius = 3.0
    }

    /// Weights and forms of the losses.
    public struct Losses: Codable, Sendable {
      @Setting("α of L_cla; not given in the paper", .shareBelowOne)
      public var margin = 0.99
      @Setting("λ1, cross entropy of the auxiliary linear head (paper: 1.5)", .weight)
      public var auxiliary = 1.5
      @Setting("λ2, Zubov's equation (paper: 0.12); 0 leaves it out (Table V)", .weight)
      public var consistency = 0.12
      @Setting("λ3, boundary points apart (paper: 0.9); 0 leaves it out (Table V)", .weight)
      public var separation = 0.9
      @Setting("β of W^β in L_sep (paper: 0.85)", .positive)
      public var exponent = 0.85
      @Setting("equality (the paper's) or inequality (Table V)")
      public var relation = ConsistencyLoss.Relation.equality
      @Setting("mean over the points of S_2, or sum a sample")
      public var consistencyReduction = Reduction.mean
      @Setting("tied: its rows are the c_i; free: learned")
      public var auxiliaryHead = Head.tied
    }

    /// How many points become one number.
    public enum Reduction: String, Codable, Sendable, CaseIterable { case mean, sum }
    /// What the auxiliary classifier's rows are.
    public enum Head: String, Codable, Sendable, CaseIterable { case tied, free }

    /// How boundaries of the prescribed regions are sampled.
    public struct Boundary: Codable, Sendable {
      @Setting("ρ: the boundary of a prescribed region is W = ρ", .innerShare)
      public var level = 0.95
      @Setting("ε of Algorithm 1 (paper: 0.01)", .positive)
      public var tolerance = 0.01
      @Setting("of the search along a ray", .integers(1...10_000))
      public var iterationLimit = 30
      @Setting("newton, or bisection (Algorithm 1 as printed; same points, slower)")
      public var search = BoundarySampler.Search.newton
      @Setting("rays a pair of classes beside the primary one (paper: 20)", .integers(0...10_000))
      public var randomDirections: Int
      @Setting(
        "classes whose boundaries are sampled in an epoch (paper: 30)", .integers(1...65_536))
      public var classesPerEpoch = 30
      @Setting(
        "pairs of a ray and a foreign class sampled for L_sep in a step, without bias; "
          + "0: all (paper)", .integers(0...10_000_000))
      public var pairs = 0
    }

    /// How states are sought that break Zubov's equation.
    public struct Counterexamples: Codable, Sendable {
      @Setting("N_2, ascent steps of the search (paper: 5)", .integers(0...10_000))
      public var steps = 5
      @Setting("η_2, their length factor (paper: 1.2)", .weight)
      public var rate = 1.2
    }
  }

  public static let name = "zubov-net"
  public static let summary =
    "Zubov-Net: Lyapunov functions as classifier, aligned by Zubov's equation"

  public static let reference =
    "Luo, Zou, Huang, Learning Aligned Stability in Neural ODEs Reconciling Accuracy with Robustness"

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 3)
    let width = backbone.features.dimension
    // Small: three layers, 3 directions; the paper's: two layers, 20 directions.
    let isSmall = input.scale == .small
    let inner = max(width, 32)
    var settings = Settings(backbone: backbone)
    settings.lyapunov.sizes = isSmall ? [inner, inner, 1] : [256, 1]
    settings.lyapunov.contextSizes = isSmall ? [inner, inner] : [256]
    settings.boundary.randomDirections = isSmall ? 3 : 20
    // Up to ten classes all pairs: 17,010 at the paper's settings. Their number grows with the cube of
    // the classes.
    settings.boundary.pairs = input.classCount <= 10 ? 0 : 16_384
    return settings
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
