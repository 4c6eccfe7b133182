import NeuralNetworks
import Tensors

/// What a model expects of pixels: the range that they have, and how they are normalised from there. It
/// belongs to the model, so that attacks and corruptions see pixels in [0, 1].
public struct InputPreparation: Hashable, Sendable, Codable {
  /// What black and white are: 0 and 1, or 0 and 255, or -1 and 1.
  public let black: Double
  /// What a pixel of 1 becomes; above `black`.
  public let white: Double
  /// What follows; nil for nothing.
  public let normalization: InputNormalization?
  /// What leads from [0, 1] to the units of a table, before anything else; nil of images.
  public let units: InputNormalization?

  /// - Precondition: finite ends, black below white.
  public init(
    black: Double = 0, white: Double = 1, normalization: InputNormalization? = nil,
    units: InputNormalization? = nil
  ) {
    precondition(
      black < white && (white - black).isFinite, "InputPreparation: \(black) to \(white)")
    self.units = units
    self.black = black
    self.white = white
    self.normalization = normalization
  }

  /// Pixels in [0, 1] as the model wants them.
  ///
  /// - Precondition: as many channels as the normalisation has.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    let given = units.map { $0(images) } ?? images
    let scaled = black == 0 && white == 1 ? given : given * (white - black) + black
    return normalization.map { $0(scaled) } ?? scaled
  }

  /// In words, for results.
  public var description: String {
    let range =
      units == nil ? "pixels from \(black.brief) to \(white.brief)" : "features in their units"
    guard let normalization else { return "\(range), not normalised" }
    func list(_ numbers: [Double]) -> String { numbers.map(\.brief).joined(separator: ",") }
    return "\(range), normalised by \(list(normalization.mean))/\(list(normalization.deviation))"
  }
}

extension Double {
  /// Without a fraction that is 0.
  fileprivate var brief: String {
    self == rounded() && magnitude < 1e15 ? "\(Int(self))" : "\(self)"
  }
}
