import Tensors

/// The view through frosted glass: smoothed, pixels moved about at random within a short distance
/// δ, smoothed again.
///
/// 1. A Gaussian blur of deviation σ, cut down to whole 8-bit levels.
/// 2. Several times over, for rows from H - δ up to δ + 1 and in each for columns from W - δ back
///    to δ + 1: integers dx, then dy, uniform on -δ ... δ - 1; the pixel takes the colour that the
///    pixel dx to the right and dy below has at that moment.
/// 3. The Gaussian blur once more.
///
/// (σ, δ, times) by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `glass_blur`.
/// Their script means to exchange the two pixels, but numpy's slices are views, so that what it
/// does is to copy one to the other; the published sets are made so, and so is this. The first δ + 1
/// rows and columns, and the last δ - 1, keep their places.
public struct GlassBlur: Corruption {
  public let name = "glass-blur"
  public let severity: Severity

  private static let settings = SeverityTable<(deviation: Double, distance: Int, passes: Int)>(
    cifar: [(0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)],
    tinyImageNet: [(0.1, 1, 1), (0.5, 1, 1), (0.6, 1, 2), (0.7, 2, 1), (0.9, 2, 2)],
    imageNet: [(0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2)])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    var draws = SplitMix64(from: generator)
    return corrupt(image) { draws.next(below: $0) }
  }

  /// The corrupted image for given draws.
  ///
  /// - Parameter draw: a uniform integer in 0 ..< its argument 2 δ, which becomes dx or dy when δ
  ///   is taken from it.
  package func corrupt(_ image: Tensor, draw: (Int) -> Int) -> Tensor {
    let (deviation, distance, passes) = Self.settings.value(
      at: severity, forSampleOf: image.shape)
    let filter = GaussianFilter(deviation: deviation)
    var glass = filter.applied(to: ImagePlanes(image)).flooredToLevels
    for _ in 0..<passes { Self.scatter(&glass, within: distance, draw: draw) }
    return filter.applied(to: glass).flooredToLevels.tensor
  }

  private static func scatter(
    _ image: inout ImagePlanes, within distance: Int, draw: (Int) -> Int
  ) {
    let (width, area, channels) = (image.width, image.area, image.channels)
    let lastRow = image.height - distance
    let lastColumn = width - distance
    image.values.withUnsafeMutableBufferPointer { values in
      for y in stride(from: lastRow, to: distance, by: -1) {
        for x in stride(from: lastColumn, to: distance, by: -1) {
          let dx = draw(2 * distance) - distance
          let dy = draw(2 * distance) - distance
          let target = y * width + x
          let source = target + dy * width + dx
          for plane in 0..<channels {
            values[plane * area + target] = values[plane * area + source]
          }
        }
      }
    }
  }
}
