import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The augmented Neural ODE (Dupont, Doucet, Teh 2019): the state has p dimensions beyond those of
/// the features, in which it starts at 0, so that trajectories can pass each other. Otherwise a
/// plain Neural ODE.
///
/// Deviation: the publication flows in pixel space; here, as for every method of the comparison, the
/// state starts at the features of the common extractor. (LyaNet's code calls something else
/// "anode": see `lyanet` with its cross entropy.)
public enum ANODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// Features, field and flow.
    public var backbone: Backbone.Settings
    @Setting(
      "p, dimensions in which the state starts at 0 (publication: 5 or 10)", .integers(0...65_536))
    public var extraDimensions = 10
    /// Constant weights unless set; the publication's image experiments have a time channel.
    public var field = TimeDependence()
    @Setting(Flow.Gradients.note)
    public var gradients = Flow.Gradients.direct
  }

  public static let name = "anode"
  public static let summary = "augmented Neural ODE: the state has extra dimensions (Dupont 2019)"
  public static let reference = "Dupont, Doucet, Teh 2019, Augmented Neural ODEs"

  public static func defaults(for input: ModelInput) -> Settings {
    Settings(backbone: .defaults(for: input, radius: 0))
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try NeuralODEModel(
      settings.backbone, extraDimensions: settings.extraDimensions, dependence: settings.field,
      gradients: settings.gradients,
      input: input, generator: generator, dtype: dtype, device: device)
  }
}
