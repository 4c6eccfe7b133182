import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// SODEF, stable Neural ODEs with Lyapunov-stable equilibrium points (Kang, Song, Ding, Tay 2021):
/// the features z(0) of training images are made equilibria of the field, and stable ones by the
/// diagonal dominance of its Jacobian; the rows of a fixed head are as far apart as they can be.
///
/// Two recipes:
///
/// - `joint`: end to end, CE of the fixed head at z(T) and the regularisers at z(0). What the
///   Zubov-Net paper compared with is not stated; this form, with its weights, is our choice.
/// - `threePhase`, the published one (its MNIST constants): features by CE of the fixed head on
///   z(0), without an equation to solve; then the field by the regularisers alone; then a final
///   linear layer on z(T), T = 5 (`flow.horizon` is 1, the comparison's, unless it is set).
///   Differences: published are Adam with amsgrad and a large ε (1e-4 in the first phase, 1e-3 in
///   the others), learning rates 1e-4, 1e-2 and 1e-2, and batches of 32 in the second phase; here
///   the optimizer and batches are the run's, with a factor of the learning rate for each phase
///   (chosen on a validation part of the 8x8 digits, 30 epochs).
public enum SODEFMethod: Method {
  public struct Settings: Codable, Sendable {
    public var features: Features.Settings
    /// Whether z(0) is tanh of the features: the scale of R_f takes bounded ones for granted.
    public var boundedFeatures = true
    public var field: FieldSettings
    public var flow = Flow.Settings()
    public var regularizer = StabilityRegularizer.Settings()
    public var recipe = Recipe.joint
    /// Weights of the regularisers beside the cross entropy of the joint recipe.
    public var joint = StabilityRegularizer.Weights(
      equilibrium: 0.1, diagonal: 0.05, dominance: 0.05)
    public var threePhase = Phases()

    public struct FieldSettings: Codable, Sendable {
      /// Widths between the layers; empty for a single layer.
      public var hidden: [Int]
      /// Whether the last layer has a sine too, as in the code.
      public var finalActivation = true
    }

    public enum Recipe: String, Codable, Sendable, CaseIterable {
      case joint
      case threePhase = "three-phase"
    }

    public struct Phases: Codable, Sendable {
      /// Weights of the regularisers, all there is in the second phase.
      public var weights = StabilityRegularizer.Weights(
        equilibrium: 0.2, diagonal: 10, dominance: 10)
      public var features = Phase(share: 25, learningRateFactor: 3)
      public var field = Phase(share: 15, learningRateFactor: 1)
      public var classifier = Phase(share: 5, learningRateFactor: 10)
    }

    public struct Phase: Codable, Sendable {
      public var share: Double
      public var learningRateFactor: Double
    }
  }

  public static let name = "sodef"
  public static let summary =
    "SODEF: features as Lyapunov-stable equilibria of the field (Kang et al. 2021)"
  public static let reference =
    "Kang et al. 2021, Stable Neural ODE with Lyapunov-Stable Equilibrium Points"
  public static let notes =
    (Features.Settings.notes.prefixed("features") + Flow.Settings.notes.prefixed("flow")
      + StabilityRegularizer.Settings.notes.prefixed("regularizer")
      + StabilityRegularizer.Weights.notes.prefixed("joint")
      + StabilityRegularizer.Weights.notes.prefixed("threePhase.weights")
      + phaseNotes.prefixed("threePhase")) + [
      "boundedFeatures": "whether z(0) is tanh of the features, as the scale of R_f needs",
      "field.hidden": .init(
        "widths between the field's layers (comparison: 256; [] for one layer)", .width),
      "field.finalActivation": "whether the last layer has a sine too (code: true)",
      "flow.horizon": .init(
        "T (threePhase as published: 5; the comparison: 1)", .positive(upTo: 1e4)),
      "recipe": "joint (end to end) or three-phase (as published: features, field, classifier)",
    ]

  private static let phaseNotes: SettingNotes = [
    "features.share": .init(
      "epochs of the first phase, relative to the others (code, MNIST: 25)", .weight),
    "features.learningRateFactor": .init("times the run's learning rate", .positive),
    "field.share": .init(
      "epochs of the second phase (code, MNIST: the model after 15 is used)", .weight),
    "field.learningRateFactor": .init("times the run's learning rate", .positive),
    "classifier.share": .init("epochs of the third phase (code, MNIST: 5)", .weight),
    "classifier.learningRateFactor": .init("times the run's learning rate", .positive),
  ]

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 0)
    return Settings(features: backbone.features, field: .init(hidden: [backbone.hidden]))
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    let require = SettingsError.require
    let (field, phases) = (settings.field, settings.threePhase)
    try require(
      !field.hidden.isEmpty || field.finalActivation, "field.finalActivation",
      "true for a single layer, which would be linear", false)
    try require(
      phases.features.share + phases.field.share + phases.classifier.share > 0,
      "threePhase.features.share", "a positive share of some phase", phases.features.share)
    return try SODEF(settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
