import Tensors

/// A nonexpansive extractor for use: fixed weights, a measured Lipschitz bound, and a bound of what
/// floating point does to its features.
///
/// **What a certificate may rest on.** Let φ be this map with its rounded weights in exact arithmetic, L
/// its `lipschitzBound`, φ̂ what is computed and e the `error` of `rounding(on:)`, which holds for
/// every image with pixels in [0, 1]. Then for all such x, x'
///
///     ‖φ̂(x) - φ̂(x')‖ ≤ L ‖x - x'‖ + 2 e,
///
/// so a decision that no move of φ̂(x) by less than m changes is that of every x' with
/// ‖x' - x‖ < (m - 2 e) / L, as computed and not only as meant. In float64 e is about 1e-11; in float32
/// the same bound, which is of the worst case of each sum, is a few hundredths for images of 28 x 28.
public struct SettledNonexpansiveExtractor: FeatureExtractor, Sendable {
  let stem: NonexpansiveStem
  let layers: [any SettledLayer]
  /// Of the weights and of all arithmetic.
  public let dtype: DType
  public let featureCount: Int
  /// The parameters that the weights were made of.
  public let state: ModuleState
  /// L, for images of any shape that the layers take: scale times the product of the layers' bounds.
  public let lipschitzBound: Double

  init(
    stem: NonexpansiveStem, layers: [any SettledLayer], dtype: DType, featureCount: Int,
    state: ModuleState
  ) {
    self.stem = stem
    self.layers = layers
    self.dtype = dtype
    self.featureCount = featureCount
    self.state = state
    // Raised by what multiplying may have rounded away.
    lipschitzBound = layers.reduce(stem.scale) { $0 * $1.lipschitzBound } * (1 + 1e-14)
  }

  /// Features [N, d], in `dtype` whatever that of the images.
  public func callAsFunction(_ images: Tensor, mode: ForwardMode = .inference) -> Tensor {
    layers.reduce(stem(images.to(dtype))) { $1($0) }
  }

  public func lipschitzBound(on shape: [Int]) -> Double { lipschitzBound }

  /// The same weights, evaluated in a type that holds them: in float64, what float32's are meant to be.
  public func evaluated(in dtype: DType) -> SettledNonexpansiveExtractor {
    precondition(dtype == self.dtype || dtype == .float64, "\(self.dtype) weights in \(dtype)")
    return SettledNonexpansiveExtractor(
      stem: stem, layers: layers.map { $0.evaluated(in: dtype) }, dtype: dtype,
      featureCount: featureCount, state: state)
  }

  /// Bounds of ‖φ̂(x)‖ and of ‖φ̂(x) - φ(x)‖ for all images of this shape with pixels in [0, 1].
  public func rounding(on shape: [Int]) -> RoundedFeatures {
    layers.reduce(stem.rounding(on: shape, dtype: dtype)) { $1.propagated($0) }
  }
}
