import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// A Zubov-Net whose prescribed regions are the true basins as nearly as we can make them: Basin's
/// own variant. Differences from the paper's form:
///
/// - regions are cells, W_i = V_i / min_{j≠i} V_j (`CellFunction`), with Φ_i = μ W_i: one equation
///   holds at each state, and it can be solved (`CellEquation`);
/// - V has Bregman's form (`LearnedPart`), without σ;
/// - the field has a zero at each c_i and a drift that can hold them as sinks (`SinkField`);
/// - L_con is Huber's mean of the relative residual, also where trajectories lead past T
///   (`ConsistencyPoints`), and goes on for the field alone when the rest is trained;
/// - L_sep' = mean W_y(h(0)) or a margin in the input (`InputMargin`) takes the place of L_sep.
///
/// What it buys are predictions that do not depend on T, trajectories that arrive, and regions that
/// can be stated. It is no gain in robustness: an aligned flow changes no decision, of clean or
/// attacked images, so that the model is as robust as φ and V are without it. What moves
/// robustness is the input margin, and that needs no flow: on digits under PGD-10 at 0.1, 86.1 %
/// with both, 86.8 % with the margin and no flow, 75.1 % aligned without the margin.
public enum ZubovCellMethod: Method {
  public struct Settings: Codable, Sendable {
    public var features: Features.Settings
    public var field: FieldSettings
    public var flow = Flow.Settings()
    public var lyapunov: Lyapunov
    /// μ: the odds W / (1 - W) fall by e^{-μT} from h(0) to h(T).
    public var speed = 2.0
    public var losses = Losses()
    public var inputMargin: InputMargin.Settings
    public var points: ConsistencyPoints.Settings
    public var alignment = Alignment()

    public struct FieldSettings: Codable, Sendable {
      public var hidden = 256
    }

    public struct Lyapunov: Codable, Sendable {
      public var architecture = ConvexArchitectureKind.piacnn
      public var sizes: [Int]
      public var contextSizes: [Int]
      /// δ. With 0.05, and a share of 0.9, the learned shapes stay; with 0.5 the cells become
      /// nearly those of the nearest c_i, and alignment is best.
      public var quadraticWeight = 0.5
      /// The learned part's share of V at the start, half-way between two equilibria.
      public var share = 0.5
      /// ||c_i||.
      public var radius = 3.0
    }

    public struct Losses: Codable, Sendable {
      /// α of L_cla.
      public var margin = 0.99
      /// λ1, of the auxiliary cross entropy, whose head's rows are the c_i.
      public var auxiliary = 1.5
      /// λ2, of the cell equation.
      public var consistency = 1.0
      /// λ3, of mean W_y(h(0)).
      public var separation = 0.0
    }

    /// The second phase: the field alone, φ and V fixed.
    public struct Alignment: Codable, Sendable {
      /// Its share of the epochs; 0 leaves it out.
      public var share = 1.0 / 3
      public var learningRateFactor = 3.0
      /// Sets of points a step.
      public var pointSets = 1
      /// Until when its rollouts are followed.
      public var rolloutHorizon = 8.0
    }
  }

  public static let name = "zubov-cell"
  public static let summary =
    "Zubov-Net on cells: prescribed regions that match the true basins (Basin's own)"
  public static let reference = "Basin's own, after Luo, Zou, Huang (Zubov-Net)"
  public static let notes =
    Features.Settings.notes.prefixed("features") + Flow.Settings.notes.prefixed("flow")
    + InputMargin.Settings.notes.prefixed("inputMargin")
    + ConsistencyPoints.Settings.notes.prefixed("points") + [
      "field.hidden": .init("hidden width of the field's perceptron", .width),
      "lyapunov.architecture": "piacnn, picnn or icnn",
      "lyapunov.sizes": .init("widths of the convex path; the last is 1", .width),
      "lyapunov.contextSizes": .init("widths of the path of c, one fewer", .width),
      "lyapunov.quadraticWeight": .init("δ (0.05 where learned shapes are wanted)", .positive),
      "lyapunov.share": .init(
        "the learned part's share of V at the start (0.9 with δ = 0.05)", .innerShare),
      "lyapunov.radius": .init("length of the equilibria c_i", .positive),
      "speed": .init("μ: the odds W / (1 - W) fall by exp(-μT) from h(0) to h(T)", .positive),
      "losses.margin": .init("α of L_cla", .shareBelowOne),
      "losses.auxiliary": .init("λ1, cross entropy of the head whose rows are the c_i", .weight),
      "losses.consistency": .init("λ2, the cell equation; 0 leaves it out", .weight),
      "losses.separation": .init("λ3, mean W_y at h(0); 0 leaves it out", .weight),
      "alignment.share": .init(
        "share of the epochs in which the field alone learns the cell equation", .shareBelowOne),
      "alignment.learningRateFactor": .init("times the run's learning rate, there", .positive),
      "alignment.pointSets": .init("sets of points a step, there", .integers(1...1000)),
      "alignment.rolloutHorizon": .init(
        "until when rollouts are followed, there", .positive(upTo: 1e4)),
    ]

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 3)
    let lyapunov = ZubovNetMethod.defaults(for: input).lyapunov
    let isPlanar = backbone.features.dimension == 2
    var inputMargin = InputMargin.Settings(weight: isPlanar ? 0 : 0.5)
    if input.scale == .paper {
      // Second derivatives through ResNet-18 would take several times what the rest of a step does.
      inputMargin.form = .difference
      inputMargin.every = 3
    }
    return Settings(
      features: backbone.features, field: .init(hidden: backbone.hidden),
      lyapunov: .init(sizes: lyapunov.sizes, contextSizes: lyapunov.contextSizes),
      inputMargin: inputMargin, points: .init(box: isPlanar ? 128 : 0))
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let lyapunov = settings.lyapunov
    try lyapunov.architecture.validate(
      sizes: lyapunov.sizes, contextSizes: lyapunov.contextSizes, classCount: input.classCount,
      dimension: settings.features.dimension, features: "features")
    return try ZubovCell(
      settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
