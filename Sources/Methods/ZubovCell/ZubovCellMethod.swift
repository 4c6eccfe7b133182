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
    /// From an input to the state h(0).
    public var features: Features.Settings
    /// The field that brings a state to its equilibrium.
    public var field = FieldSettings()
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
    /// The Lyapunov functions of the classes.
    public var lyapunov = Lyapunov()
    @Setting("μ: the odds W / (1 - W) fall by exp(-μT) from h(0) to h(T)", .positive)
    public var speed = 2.0
    /// Weights of the losses.
    public var losses = Losses()
    /// The loss of the margin at the input.
    public var inputMargin: InputMargin.Settings
    /// Where the cell equation is asked for.
    public var points: ConsistencyPoints.Settings
    /// The second phase.
    public var alignment = Alignment()

    /// The field's perceptron.
    public struct FieldSettings: Codable, Sendable {
      @Setting("hidden width of the field's perceptron", .width)
      public var hidden = 256
    }

    /// The Lyapunov functions of the classes.
    public struct Lyapunov: Codable, Sendable {
      @Setting("piacnn, picnn or icnn")
      public var architecture = ConvexArchitectureKind.piacnn
      @Setting("widths of the convex path; the last is 1", .width)
      public var sizes: [Int]
      @Setting("widths of the path of c, one fewer", .width)
      public var contextSizes: [Int]
      /// δ. With 0.05, and a share of 0.9, the learned shapes stay; with 0.5 the cells become
      /// nearly those of the nearest c_i, and alignment is best.
      @Setting("δ (0.05 where learned shapes are wanted)", .positive)
      public var quadraticWeight = 0.5
      /// The learned part's share of V at the start, half-way between two equilibria.
      @Setting("the learned part's share of V at the start (0.9 with δ = 0.05)", .innerShare)
      public var share = 0.5
      @Setting("length of the equilibria c_i", .positive)
      public var radius = 3.0
    }

    /// Weights of the losses.
    public struct Losses: Codable, Sendable {
      @Setting("α of L_cla", .shareBelowOne)
      public var margin = 0.99
      @Setting("λ1, cross entropy of the head whose rows are the c_i", .weight)
      public var auxiliary = 1.5
      @Setting("λ2, the cell equation; 0 leaves it out", .weight)
      public var consistency = 1.0
      @Setting("λ3, mean W_y at h(0); 0 leaves it out", .weight)
      public var separation = 0.0
    }

    /// The second phase: the field alone, φ and V fixed.
    public struct Alignment: Codable, Sendable {
      @Setting(
        "share of the epochs in which the field alone learns the cell equation", .shareBelowOne)
      public var share = 1.0 / 3
      @Setting("times the run's learning rate, there", .positive)
      public var learningRateFactor = 3.0
      @Setting("sets of points a step, there", .integers(1...1000))
      public var pointSets = 1
      @Setting("until when rollouts are followed, there", .positive(upTo: 1e4))
      public var rolloutHorizon = 8.0
    }
  }

  public static let name = "zubov-cell"
  public static let summary =
    "Zubov-Net on cells: prescribed regions that match the true basins (Basin's own)"
  public static let reference = "Basin's own, after Luo, Zou, Huang (Zubov-Net)"

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
    var settings = Settings(
      features: backbone.features, inputMargin: inputMargin, points: .init(box: isPlanar ? 128 : 0))
    settings.field.hidden = backbone.hidden
    settings.lyapunov.sizes = lyapunov.sizes
    settings.lyapunov.contextSizes = lyapunov.contextSizes
    return settings
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
