import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// The contractive convolutional Neural ODE (Zakwan, Xu, Ferrari-Trecate 2025),
///
///     dh/dt = s(K * h + b),   h(0) = a stem's feature maps,   scores = a linear map of h(T),
///
/// trained with cross entropy and a penalty that makes trajectories approach each other, so that
/// what perturbs the features has less effect at T: `ContractiveField` has the theory and
/// `Contraction` the regularisers. Without one (`contraction.regularizer: none`), it is the
/// plain twin to compare with, which starts as PyTorch's layers do.
///
/// Penalties promise nothing before they are 0. With `contraction.regularizer: constrained` the field
/// contracts for every value of its parameters, which is ours: in the largest norm by what takes the
/// diagonal of W below the rest of its row (`ContractiveField`), or, with `contraction.measure:
/// symmetric`, in the Euclidean norm, in which attacks and certificates measure, by another field,
/// minus the gradient of a convex function (`GradientField`).
///
/// The publication's text could not be read; the field and the constants are from its code, and
/// these are choices of ours: an adaptive solver (its code calls Euler's method with the ends of the
/// interval alone, which is a single step, a residual layer), k_1 the activation's true least slope,
/// every row enforced, the stem and the sizes, features trained with the rest (its code trains on
/// stored ones), states of the trajectories as constants of the Jacobian's penalty.
///
/// How much contraction can do is e^{-ρT}, and the layers around the flow can undo a uniform one:
/// robustness is gained only as far as directions that classes do not need contract faster than those
/// they do. (On the digits the stem undoes it. Its features grow fourfold, to where s has the slope
/// k_1, and trajectories contract at 0.51, in all directions alike, for a promised 0.5.)
public enum ContractiveNODEMethod: Method {
  public struct Settings: Codable, Sendable {
    @Setting("convolutional (on feature maps) or dense (on vectors; points need it)")
    public var field = FieldKind.convolutional
    /// Of the initial state; for maps, the dimension is that of all of them, c h w, and the
    /// extractor two convolutions.
    public var features: Features.Settings
    @Setting("rows and columns of the field's kernel, odd", .integers(1...31))
    public var kernelSize = 3
    @Setting("k_1, least slope of the activation (code: 0.001 or 0.0001)", .positiveShare)
    public var leastSlope = 0.1
    /// At which rate states approach each other, and how that is learned.
    public var contraction = Contraction(regularizer: .weight, rate: 0.5, weight: 1)
    @Setting("what the classifier sees: flattened, or the mean of each map")
    public var pooling = Pooling.flattened
    /// How long the state flows, and how that is solved.
    public var flow = Flow.Settings()
  }

  /// What the field's linear map acts on.
  public enum FieldKind: String, Codable, Sendable, CaseIterable {
    /// On feature maps.
    case convolutional
    /// On vectors, as in the publication's code: W [d, d].
    case dense
  }

  /// What the classifier sees of h(T).
  public enum Pooling: String, Codable, Sendable, CaseIterable {
    case flattened
    /// The mean of each map.
    case mean
  }

  public static let name = "contractive-node"
  public static let summary =
    "convolutional Neural ODE whose trajectories approach each other, by regularisers or construction"
  public static let reference =
    "Zakwan, Xu, Ferrari-Trecate 2025, Robust Convolution Neural ODEs (arXiv 2508.11432)"

  /// 16 maps for small models of images, 32 for larger ones; a dense field for points.
  public static func defaults(for input: ModelInput) -> Settings {
    var features = Backbone.Settings.defaults(for: input, radius: 0).features
    features.$extractor.text = "of a dense field; a convolutional one has its own stem"
    features.$dimension.text =
      "d of the state; of maps, channels x rows x columns (code: 64, dense)"
    guard input.shape.count == 3 else { return Settings(field: .dense, features: features) }
    let channels = input.scale == .small ? 16 : 32
    features.extractor = .automatic
    features.dimension = MapStem.mapSize(of: input.shape).reduce(channels, *)
    return Settings(features: features)
  }

  public static func model(
    _ settings: Settings, input: ModelInput, generator: RandomGenerator, dtype: DType,
    device: Device
  ) throws -> any TrainableClassifier {
    try ContractiveNODE(
      settings, input: input, generator: generator, dtype: dtype, device: device)
  }
}

extension ContractiveNODEMethod.Settings {
  /// φ, W and b, and the pixels of a map.
  func parts(
    input: ModelInput, generator: RandomGenerator, dtype: DType, device: Device
  ) throws -> (Features, any StateCoupling, pixels: Int) {
    switch field {
    case .dense: try denseParts(input, generator, dtype, device)
    case .convolutional: try convolutionalParts(input, generator, dtype, device)
    }
  }

  private func denseParts(
    _ input: ModelInput, _ generator: RandomGenerator, _ dtype: DType, _ device: Device
  ) throws -> (Features, any StateCoupling, pixels: Int) {
    guard pooling == .flattened else {
      throw SettingsError(
        setting: "pooling", expected: "flattened with a dense field, which has no maps",
        found: pooling.rawValue)
    }
    let phi = try Features(
      features, input: input, generator: generator, dtype: dtype, device: device)
    let dimension = features.dimension
    let linear = Linear(
      inputs: dimension, outputs: dimension, generator: generator, dtype: dtype, device: device)
    return (phi, DenseCoupling(linear), 1)
  }

  private func convolutionalParts(
    _ input: ModelInput, _ generator: RandomGenerator, _ dtype: DType, _ device: Device
  ) throws -> (Features, any StateCoupling, pixels: Int) {
    guard input.shape.count == 3 else {
      throw SettingsError(
        setting: "field", expected: "dense for points, which have no maps", found: field.rawValue)
    }
    guard kernelSize % 2 == 1 else {
      throw SettingsError(
        setting: "kernelSize", expected: "an odd number, so that there is a middle",
        found: "\(kernelSize)")
    }
    let size = MapStem.mapSize(of: input.shape)
    let pixels = size.reduce(1, *)
    let phi = try SettingsError.within("features") {
      guard features.extractor == .automatic else {
        throw SettingsError(
          setting: "extractor", expected: "automatic with a convolutional field",
          found: features.extractor.rawValue)
      }
      guard features.dimension >= pixels, features.dimension % pixels == 0 else {
        throw SettingsError(
          setting: "dimension", expected: "a multiple of \(pixels), the pixels of a map",
          found: "\(features.dimension)")
      }
      return try Features(
        features, input: input,
        network: {
          MapStem(
            image: input.shape, channels: features.dimension / pixels, generator: generator,
            dtype: dtype, device: device)
        })
    }
    let channels = features.dimension / pixels
    let convolution = Convolution(
      inputs: channels, outputs: channels, size: kernelSize, padding: kernelSize / 2,
      generator: generator, dtype: dtype, device: device)
    return (phi, ConvolutionalCoupling(convolution, mapShape: [channels] + size), pixels)
  }
}
