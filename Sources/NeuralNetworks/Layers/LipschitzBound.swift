import Foundation
import Tensors

/// A map with a known upper bound of its Lipschitz constant in the Euclidean norm: for all x, y,
/// ‖F(x) - F(y)‖ ≤ bound · ‖x - y‖, in inference mode and exact arithmetic.
public protocol LipschitzBounded {
  /// The bound.
  ///
  /// - Parameter shape: of one input, [C, H, W] or [d].
  func lipschitzBound(on shape: [Int]) -> Double
}

extension Linear {
  /// An upper bound of the weight's spectral norm.
  public var lipschitzBound: Double { weight.spectralNormBounds.item }
}

extension InputNormalization {
  /// 1 / the smallest deviation: what (x - mean) / deviation stretches distances by at most.
  public var lipschitzBound: Double { 1 / deviation.min()! }
}

extension LayerNormalization {
  /// radius / √(d ε): the bound where the variance vanishes; no smaller one holds everywhere.
  public func lipschitzBound(dimension: Int) -> Double {
    radius / (Double(dimension) * epsilon).squareRoot()
  }

  /// How far the features u of given deviations s = √(var u + ε) may move before what leaves the
  /// normalisation has moved by `distance`, at most.
  ///
  /// The derivative's norm is at most radius / (√d s), and s is Lipschitz continuous with constant
  /// 1/√d. Along a segment of length t it is at least s - τ/√d at τ, so the result moves by no more
  /// than ∫₀ᵗ radius / (√d s - τ) dτ = -radius ln(1 - t / (√d s)), which is solved for t.
  public func inputDistance(
    forOutput distance: Double, dimension: Int, deviation: Double
  ) -> Double {
    Double(dimension).squareRoot() * deviation * -expm1(-distance / radius)
  }
}

extension Convolution {
  /// Rows and columns of the maps that come out.
  public func mapSize(after mapSize: [Int]) -> [Int] {
    mapSize.map { ($0 + 2 * padding - weight.shape[2]) / stride + 1 }
  }

  /// A bound for convolutions one after the other, with functions of slopes up to 1 between.
  public static func lipschitzBound(ofChain chain: [Convolution], mapSize: [Int]) -> Double {
    var mapSize = mapSize
    return chain.reduce(1) { product, convolution in
      defer { mapSize = convolution.mapSize(after: mapSize) }
      return product * convolution.lipschitzBound(mapSize: mapSize)
    }
  }
}
