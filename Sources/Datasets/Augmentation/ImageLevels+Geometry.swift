import Foundation
import Tensors

/// Where a pixel comes from: an affine map of coordinates with the origin in the image's centre, x to
/// the right and y downwards.
package struct AffineMap: Sendable {
  /// `source x = x.0 · x + x.1 · y + x.2`, and the same for y.
  let x: (Double, Double, Double)
  let y: (Double, Double, Double)

  /// Rows move sideways in proportion to their distance from the upper edge.
  static func shearX(_ slope: Double, height: Int) -> AffineMap {
    AffineMap(x: (1, slope, slope * Double(height) / 2), y: (0, 1, 0))
  }

  /// Columns move up or down in proportion to their distance from the left edge.
  static func shearY(_ slope: Double, width: Int) -> AffineMap {
    AffineMap(x: (1, 0, 0), y: (slope, 1, slope * Double(width) / 2))
  }

  /// The image moves to the right and downwards.
  static func translation(x: Double = 0, y: Double = 0) -> AffineMap {
    AffineMap(x: (1, 0, -x), y: (0, 1, -y))
  }

  /// The image turns around its centre, counter-clockwise.
  static func rotation(degrees: Double) -> AffineMap {
    let angle = degrees * .pi / 180
    return AffineMap(x: (cos(angle), -sin(angle), 0), y: (sin(angle), cos(angle), 0))
  }
}

extension ImageLevels {
  /// Each image through a map of its own: the level of the nearest source pixel, 0 outside.
  ///
  /// Coordinates are in double precision. The reference's are in single precision, so that it may
  /// take the other neighbour of a source that lies halfway between two pixels.
  func resampled(_ maps: [AffineMap]) -> ImageLevels {
    let device = values.device
    let (centreX, centreY) = (Double(width - 1) / 2, Double(height - 1) / 2)
    let x = (Tensor.range(width, dtype: .float64, device: device) - centreX).unsqueezed(0)
    let y = (Tensor.range(height, dtype: .float64, device: device) - centreY).unsqueezed(1)
    func source(_ row: KeyPath<AffineMap, (Double, Double, Double)>, _ centre: Double) -> Tensor {
      func column(_ number: ((Double, Double, Double)) -> Double) -> Tensor {
        Tensor(maps.map { number($0[keyPath: row]) }, shape: [count, 1, 1], device: device)
      }
      return (x * column { $0.0 } + y * column { $0.1 } + column { $0.2 } + centre).rounded
    }
    let (sourceX, sourceY) = (source(\.x, centreX), source(\.y, centreY))
    let isInside =
      (sourceX .>= 0) .& (sourceX .<= Double(width - 1))
      .& (sourceY .>= 0) .& (sourceY .<= Double(height - 1))

    // Each plane has one more pixel, a black one, that stands for everything outside.
    let area = height * width
    let positions = Tensor.select(
      isInside, sourceY * Double(width) + sourceX,
      .full(Double(area), [1], dtype: .float64, device: device)
    ).to(.int64).reshaped([count, 1, area])
    return ImageLevels(
      values: values.flattened(from: 2).padded([0, 1])
        .gathering(positions.expanded([count, channelCount, area]), along: 2)
        .reshaped(values.shape))
  }
}
