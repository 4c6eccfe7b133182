import Tensors

/// A map that only moves numbers, puts zeros beside them or leaves some out: without parameters, and
/// exact in floating point. All but the last are isometries.
public protocol Rearrangement: NonexpansiveLayer, SettledLayer {}

extension Rearrangement {
  public var state: ModuleState { ModuleState() }
  public var lipschitzBound: Double { 1 }
  public func settled(in dtype: DType) throws(NonexpansiveLayerError) -> any SettledLayer { self }
  public func evaluated(in dtype: DType) -> any SettledLayer { self }
  public func propagated(_ x: RoundedFeatures) -> RoundedFeatures { x }
}

/// Zeros behind the channels, so that there are more for what follows to use.
public struct ChannelPadding: Rearrangement {
  /// Channels that are added.
  public let count: Int

  public init(count: Int) { self.count = count }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.padded([0, count]) }
}

/// The first channels alone: to leave numbers out takes nothing further apart.
public struct ChannelSelection: Rearrangement {
  /// Channels that are left.
  public let count: Int

  public init(count: Int) { self.count = count }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.sliced(0..<count, along: x.rank - 1) }
}

/// Images [N, C, H, W] as maps [H, W, N, C].
public struct PixelsFirst: Rearrangement {
  public init() {}

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    // One transposed matrix, which is copied in blocks; of four axes the copy is slower.
    return x.reshaped([n * c, h * w]).transposed.contiguous().reshaped([h, w, n, c])
  }
}

/// Images [N, C, H, W] or points [N, d], or maps [H, W, N, C], as vectors [N, d].
public struct Flattening: Rearrangement {
  /// Whether maps arrive, with pixels outermost.
  public let isOfMaps: Bool

  /// Of maps [H, W, N, C] if `ofMaps`, else of what has the sample first.
  public init(ofMaps: Bool) { isOfMaps = ofMaps }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    (isOfMaps ? x.permuted([2, 0, 1, 3]) : x).flattened(from: 1)
  }

  public func propagated(_ x: RoundedFeatures) -> RoundedFeatures {
    RoundedFeatures(norm: x.norm, error: x.error)
  }
}

/// Squares of `factor` x `factor` pixels as channels: maps [H, W, N, C] as [H/factor, W/factor, N, factor² C].
///
/// The channels of a pixel stay together, those of the square's pixels follow each other row by row, so
/// that whole pixels are moved. (PyTorch's `PixelUnshuffle` has the pixels of each channel together.)
public struct PixelUnshuffle: Rearrangement {
  /// Rows and columns of a square, which divide those of the maps.
  public let factor: Int

  public init(factor: Int) { self.factor = factor }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (h, w, n, c) = (x.shape[0] / factor, x.shape[1] / factor, x.shape[2], x.shape[3])
    let squares = x.reshaped([h, factor, w, factor, n, c])
    guard isRecordingGradients && x.requiresGradient else {
      // Runs of c numbers are copied several times as quickly by this. Its derivative would be a sum of maps
      // that are zero elsewhere.
      let places = (0..<factor).flatMap { row in
        (0..<factor).map { column in
          squares.sliced(row..<row + 1, along: 1).sliced(column..<column + 1, along: 3)
            .reshaped([h, w, n, c])
        }
      }
      return .concatenated(places, along: 3)
    }
    return squares.permuted([0, 2, 4, 1, 3, 5]).reshaped([h, w, n, c * factor * factor])
  }

  public func propagated(_ x: RoundedFeatures) -> RoundedFeatures {
    RoundedFeatures(norm: x.norm, error: x.error, pixels: x.pixels / (factor * factor))
  }
}
