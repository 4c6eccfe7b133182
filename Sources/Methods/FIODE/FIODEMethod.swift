import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// FI-ODE (Huang, Rodriguez, Zhang, Shi, Yue 2022, arXiv 2210.16940, from its published code): the state
/// is a point of the simplex of class scores, kept there by a projection of the field (`SimplexBarrier`),
/// and the loss asks that the cone where the label decides is forward invariant,
///
///     L = mean max(0, dV_y/dt + κ V_y),   V_y(η) = 1 + max_{j ≠ y} η_j - η_y,
///
/// at sampled states (`SimplexSampling`), without a solver. Where the condition holds on the whole
/// boundary of the cone, and it can be shown that it does (`InvarianceCertificate`), the label is decided
/// at every time, for all images within a radius.
///
/// Deviations:
/// - features are those of `certified-cell` (BRO and MaxMin), nonexpansive as the code's are (orthogonal
///   convolutions and GroupSort), with more numbers than its C; pixels are not divided by their deviation
/// - orthonormal matrices by retraction, see `SimplexField`; no dropout
/// - the code's ceiling α_2 (1 - η) of velocities acts in the first epochs alone, as in its final form
/// - η(T) by a strong-stability-preserving method of fixed steps, for which the invariance that is
///   certified holds too, where the code has `dopri5`
public enum FIODEMethod: Method {
  public struct Settings: Codable, Sendable {
    /// From an input to what the field sees of it, by layers that bring no two inputs further apart.
    public var features: NonexpansiveFeatures.Settings
    @Setting("m, the width of the field's hidden layers (code: 128)", .width)
    public var hidden = 128
    /// What keeps scores on the simplex.
    public var barrier = SimplexBarrier()
    @Setting("κ: the loss wants V to fall like exp(-κt) (code: 1; its best model: 2)", .weight)
    public var decay: Double
    @Setting("share of training in which κ grows from 0 (code: 0)", .share)
    public var warmup = 0.0
    @Setting(
      "share of training with velocities squeezed, not clipped (code: 10 of 300 epochs)", .share)
    public var squeezing = 0.033
    @Setting("α_2 of squeezed velocities, at most α_2 (1 - η) (code: 20)", .positive)
    public var ceiling = 20.0
    /// States at which the loss is taken.
    public var sampling: SimplexSampling
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
  }

  public static let name = "fi-ode"
  public static let summary =
    "FI-ODE: scores that stay on the simplex and in the label's cone, with a certificate"
  public static let reference =
    "Huang et al. 2022, FI-ODE: Certifiably Robust Forward Invariance in Neural ODEs"

  /// With a κ of 0.5 for small images: on the digits 99.2 % of the test images are right and 96.9 % certified at 0.1,
  /// with 1 98.6 % and 93.6 %, with 2 96.1 % and 92.5 %, but then more at larger radii.
  public static func defaults(for input: ModelInput) -> Settings {
    var features = NonexpansiveFeatures.Settings.defaults(for: input)
    features.dimension = min(features.width, 128)
    var settings = Settings(
      features: features, sampling: SimplexSampling(states: input.scale == .small ? 64 : 256))
    settings.decay = input.shape.reduce(1, *) <= 256 ? 0.5 : 1
    settings.flow.solver = .heun
    settings.flow.$solver.text =
      "of η(T); certificates need means of Euler steps (ssprk3 and its like)"
    return settings
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try SettingsError.require(input.classCount >= 2, "classes", "at least 2", input.classCount)
    let sampling = settings.sampling
    try SettingsError.require(
      sampling.end >= sampling.start, "sampling.end", "at least the start, \(sampling.start)",
      sampling.end)
    return try FIODE(settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}
