import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// A classifier whose regions of attraction, prescribed regions and decision regions are one by
/// theorem, whatever its parameters: Basin's own. A nonexpansive map of images to h(0), cells of
/// learned centres (`VoronoiCells`), and a field that leads every state to the centre of its cell and
/// none across (`CellDynamics`).
///
/// The distance of h(0) to the boundary of its region is known exactly, and the map takes no two images
/// further apart, so that this distance is a certified radius in pixels (`CellCertificate`). It is what
/// the loss makes large (`BoundaryMarginLoss`), at h(0): along the flow it would be paid for twice.
///
/// What the flow adds is about states, not images: whatever happens to the state after t = 0, a push, a
/// lasting disturbance, rounding, it comes home as long as `PersistentDisturbance` says so. Decisions
/// and radii are those of the same map with a linear classifier. Documentation/Certified.md has the
/// theorems with their proofs, and figures.
public enum CertifiedCellMethod: Method {
  public struct Settings: Codable, Sendable {
    /// From an input to the state h(0), by layers that bring no two inputs further apart.
    public var features: NonexpansiveFeatures.Settings
    /// ‖c_i‖.
    @Setting("length of the centres; the longer they are, the more a state withstands", .positive)
    public var radius = 3.0
    /// How states move within their cells.
    public var field = CellDynamics.Settings()
    @Setting("closed-form (where nothing rotates and rates are equal) or numerical")
    public var solution = CellFlow.Form.closedForm
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
    /// What distances to the cells' boundaries cost.
    public var loss: BoundaryMarginLoss
    @Setting(
      "t of the state that the loss judges; 0 is h(0), later ones cost radius", .numbers(0...1e4))
    public var lossTime = 0.0
    @Setting("in use: float64, where rounding costs no radius, or same, as in training and quicker")
    public var usePrecision = UsePrecision.float64

    /// In what numbers the model in use computes; it learns in those of the run.
    public enum UsePrecision: String, Codable, Sendable, CaseIterable {
      /// Rounding takes less than a millionth of a millionth from a radius.
      case float64
      /// As in training. The bound of what rounding does in float32 takes about a hundredth from radii
      /// of 8 x 8 pixels and a tenth from those of 28 x 28.
      case same
    }
  }

  public static let name = "certified-cell"
  public static let summary =
    "regions of attraction that are exact by theorem, with certified radii (Basin's own)"
  public static let reference =
    "Basin's own, after Luo, Zou, Huang (Zubov-Net); layers of BRO (arXiv 2505.15174)"

  public static func defaults(for input: ModelInput) -> Settings {
    let isSmall = input.shape.reduce(1, *) <= 256
    var settings = Settings(
      features: .defaults(for: input),
      loss: isSmall
        ? BoundaryMarginLoss(margin: 0.7, temperature: 0.1)
        : BoundaryMarginLoss(margin: 1, temperature: 0.25))
    settings.flow.horizon = 2
    settings.flow.solver = .heun
    settings.flow.$solver.text =
      "of numerical solutions; certificates need means of Euler steps (ssprk3 and its like)"
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try SettingsError.require(input.classCount >= 2, "classes", "at least 2", input.classCount)
    return try CertifiedCell(
      settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
