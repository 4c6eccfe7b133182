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
    /// From an input to z(0).
    public var features: Features.Settings
    @Setting("whether z(0) is tanh of the features, as the scale of R_f needs")
    public var boundedFeatures = true
    /// The perceptron with sines.
    public var field = FieldSettings()
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
    /// What the regularisers ask of the Jacobians.
    public var regularizer = StabilityRegularizer.Settings()
    @Setting("joint (end to end) or three-phase (as published: features, field, classifier)")
    public var recipe = Recipe.joint
    /// Weights of the regularisers beside the cross entropy of the joint recipe.
    public var joint = StabilityRegularizer.Weights(
      equilibrium: 0.1, diagonal: 0.05, dominance: 0.05)
    /// Of the three-phase recipe.
    public var threePhase = Phases()

    /// A perceptron with sines between its layers.
    public struct FieldSettings: Codable, Sendable {
      @Setting("widths between the field's layers (comparison: 256; [] for one layer)", .width)
      public var hidden: [Int]
      @Setting("whether the last layer has a sine too (code: true)")
      public var finalActivation = true
    }

    /// In what order the parts learn.
    public enum Recipe: String, Codable, Sendable, CaseIterable {
      case joint
      case threePhase = "three-phase"
    }

    /// The published training: features first, then the field, then the classifier.
    public struct Phases: Codable, Sendable {
      /// Weights of the regularisers, all there is in the second phase.
      public var weights = StabilityRegularizer.Weights(
        equilibrium: 0.2, diagonal: 10, dominance: 10)
      /// The first: features, judged by the fixed head.
      public var features = Phase(
        "epochs of the first phase, relative to the others (code, MNIST: 25)", share: 25,
        learningRateFactor: 3)
      /// The second: the field alone.
      public var field = Phase(
        "epochs of the second phase (code, MNIST: the model after 15 is used)", share: 15,
        learningRateFactor: 1)
      /// The third: the classifier alone.
      public var classifier = Phase(
        "epochs of the third phase (code, MNIST: 5)", share: 5, learningRateFactor: 10)
    }

    /// A phase's part of the training.
    public struct Phase: Codable, Sendable {
      @Setting("epochs of the phase, relative to the others", .weight)
      public var share: Double
      @Setting("times the run's learning rate", .positive)
      public var learningRateFactor: Double

      /// - Parameter meaning: of the share.
      init(_ meaning: String, share: Double, learningRateFactor: Double) {
        self.share = share
        self.learningRateFactor = learningRateFactor
        $share.text = meaning
      }
    }
  }

  public static let name = "sodef"
  public static let summary =
    "SODEF: features as Lyapunov-stable equilibria of the field (Kang et al. 2021)"
  public static let reference =
    "Kang et al. 2021, Stable Neural ODE with Lyapunov-Stable Equilibrium Points"

  public static func defaults(for input: ModelInput) -> Settings {
    let backbone = Backbone.Settings.defaults(for: input, radius: 0)
    var settings = Settings(features: backbone.features)
    settings.flow.$horizon.text = "T (threePhase as published: 5; the comparison: 1)"
    settings.field.hidden = [backbone.hidden]
    return settings
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
    let regularizer = StabilityRegularizer(settings.regularizer)
    switch settings.recipe {
    case .joint: try regularizer.requireMeasurable(settings.joint, "joint")
    case .threePhase: try regularizer.requireMeasurable(phases.weights, "threePhase.weights")
    }
    return try SODEF(settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
