import Foundation
import Tensors

/// A chain of layers of which none takes two points further apart, behind one shift and one scale of
/// all pixels:
///
///     φ(x) = F_n(... F_1(scale (x - shift))),   ‖φ(x) - φ(x')‖ ≤ scale ‖x - x'‖.
///
/// The scale is one for all channels, as one for each would count with the largest in the bound and be
/// used by the others in vain.
public struct NonexpansiveExtractor: FeatureExtractor, Sendable {
  /// What is done to pixels before the first layer.
  public let stem: NonexpansiveStem
  /// In the order of their application, called 0, 1, 2, ... as in a PyTorch `Sequential`.
  public let layers: [any NonexpansiveLayer]
  public let featureCount: Int

  /// - Parameters:
  ///   - featureCount: numbers per image that the last layer gives.
  public init(stem: NonexpansiveStem, layers: [any NonexpansiveLayer], featureCount: Int) {
    self.stem = stem
    self.layers = layers
    self.featureCount = featureCount
  }

  /// Features [N, d] with weights made anew, recorded; those of `settled(in:)` are for use.
  public func callAsFunction(_ images: Tensor, mode: ForwardMode = .inference) -> Tensor {
    layers.reduce(stem(images)) { $1($0) }
  }

  public var state: ModuleState {
    layers.enumerated().reduce(ModuleState()) { $0 + $1.element.state.prefixed("\($1.offset)") }
  }

  /// The map for use: weights made once and in float64, rounded to `dtype`, in which it is also
  /// evaluated. With float32 it is faster, with float64 what rounding may do to features is far below
  /// any margin (`SettledNonexpansiveExtractor.rounding(on:)`).
  ///
  /// - Throws: `NonexpansiveLayerError` with the layer whose parameters define no such map.
  public func settled(
    in dtype: DType
  ) throws(NonexpansiveLayerError) -> SettledNonexpansiveExtractor {
    var settled: [any SettledLayer] = []
    for (index, layer) in layers.enumerated() {
      do {
        settled.append(try layer.settled(in: dtype))
      } catch {
        throw error.within("\(index)")
      }
    }
    return SettledNonexpansiveExtractor(
      stem: stem, layers: settled, dtype: dtype, featureCount: featureCount, state: state)
  }

  /// The settled map in the element type of the parameters; this one where it cannot be settled.
  public func foldedForInference() -> any FeatureExtractor {
    (try? settled(in: parameters.first?.dtype ?? .float32)) ?? self
  }

  /// The bound of the settled map; infinite where it cannot be settled.
  public func lipschitzBound(on shape: [Int]) -> Double {
    (try? settled(in: parameters.first?.dtype ?? .float32))?.lipschitzBound ?? .infinity
  }
}

/// `scale (x - shift)` for all pixels alike.
public struct NonexpansiveStem: Hashable, Codable, Sendable {
  /// What becomes 0.
  public var shift: Double
  /// Above 0.
  public var scale: Double

  /// - Precondition: the scale is above 0.
  public init(shift: Double = 0, scale: Double = 1) {
    precondition(scale > 0, "a scale of \(scale)")
    self.shift = shift
    self.scale = scale
  }

  /// Images [N, ...], shifted and scaled.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    let centred = shift == 0 ? images : images - shift
    return scale == 1 ? centred : centred * scale
  }

  /// Of images of this shape with pixels in [0, 1]: two operations a pixel and the rounded numbers.
  func rounding(on shape: [Int], dtype: DType) -> RoundedFeatures {
    let largest = max(abs(shift), abs(1 - shift)) * scale
    let norm = Double(shape.reduce(1, *)).squareRoot() * largest * (1 + 1e-9)
    // The rounded shift moves a pixel by u |shift| more.
    let own = (abs(shift) * scale / max(largest, .leastNormalMagnitude) + 3) * dtype.unitRoundoff
    return RoundedFeatures(
      norm: norm * (1 + own), error: shift == 0 && scale == 1 ? 0 : own * norm,
      pixels: shape.count == 3 ? shape[1] * shape[2] : 1)
  }
}
