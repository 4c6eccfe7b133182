import Tensors

/// Drops on the lens: of water at severities 1 to 3, of mud at 4 and 5.
///
/// Normal noise is smoothed and cut off below a threshold. What is left is the mud's mask, which is
/// smoothed again; mud of mask m covers x as (1 - m) x + m colour. Water instead brightens by
/// m colour, where m is largest along the edges of the drops: it is made of the distances to their
/// outlines, with light from a corner.
///
/// Constants by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `spatter`, and every
/// step as there, in whole levels or float32 where theirs is, after OpenCV's definitions. Where no
/// drop forms, the image stays (theirs is undefined). Where an image is not in three channels, the
/// colour is its grey.
public struct Spatter: Corruption {
  public let name = "spatter"
  public let severity: Severity

  struct Constants {
    /// Of the noise.
    var mean, deviation: Double
    /// How far the noise is smoothed, in pixels.
    var smoothing: Double
    /// Below it there is no drop.
    var threshold: Double
    var liquid: Liquid
  }

  enum Liquid {
    case water(strength: Double)
    /// How far the mask is smoothed, in pixels.
    case mud(smoothing: Double)
  }

  private static let constants = SeverityTable<Constants>(
    cifar: [
      water(0.62, 0.1, 0.7, from: 0.7, 0.5), water(0.65, 0.1, 0.8, from: 0.7, 0.5),
      water(0.65, 0.3, 1, from: 0.69, 0.5), mud(0.65, 0.1, 0.7, from: 0.69, 0.6),
      mud(0.65, 0.1, 0.5, from: 0.68, 0.6),
    ],
    tinyImageNet: [
      water(0.62, 0.1, 0.7, from: 0.7, 0.6), water(0.65, 0.1, 0.8, from: 0.7, 0.6),
      water(0.65, 0.3, 1, from: 0.69, 0.6), mud(0.65, 0.1, 0.7, from: 0.68, 0.6),
      mud(0.65, 0.1, 0.5, from: 0.67, 0.6),
    ],
    imageNet: [
      water(0.65, 0.3, 4, from: 0.69, 0.6), water(0.65, 0.3, 3, from: 0.68, 0.6),
      water(0.65, 0.3, 2, from: 0.68, 0.5), mud(0.65, 0.3, 1, from: 0.65, 1.5),
      mud(0.67, 0.4, 1, from: 0.65, 1.5),
    ])

  private static func water(
    _ mean: Double, _ deviation: Double, _ smoothing: Double, from threshold: Double,
    _ strength: Double
  ) -> Constants {
    Constants(
      mean: mean, deviation: deviation, smoothing: smoothing, threshold: threshold,
      liquid: .water(strength: strength))
  }

  private static func mud(
    _ mean: Double, _ deviation: Double, _ smoothing: Double, from threshold: Double,
    _ maskSmoothing: Double
  ) -> Constants {
    Constants(
      mean: mean, deviation: deviation, smoothing: smoothing, threshold: threshold,
      liquid: .mud(smoothing: maskSmoothing))
  }

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    corrupt(
      image, noise: generator.normal(Array(image.shape.suffix(2)), dtype: .float64).doubles)
  }

  /// - Parameter noise: standard normal, [H][W].
  package func corrupt(_ image: Tensor, noise: [Double]) -> Tensor {
    let constants = Self.constants.value(at: severity, forSampleOf: image.shape)
    let planes = ImagePlanes(image)
    let drops = GaussianFilter(deviation: constants.smoothing).applied(
      to: ImagePlanes(
        channels: 1, height: planes.height, width: planes.width,
        values: noise.map { constants.mean + constants.deviation * $0 })
    ).map { $0 < constants.threshold ? 0 : $0 }

    let result: ImagePlanes
    switch constants.liquid {
    case .water(let strength):
      let mask = Self.glints(on: drops).map { $0 * Float(strength) }
      result = planes.mapColours(Self.paleTurquoise) { value, colour, pixel in
        value + mask[pixel] * colour
      }
    case .mud(let smoothing):
      let mask = GaussianFilter(deviation: smoothing).applied(
        to: drops.map { $0 > constants.threshold ? 1 : 0 }
      ).values.map { Float($0) < 0.8 ? 0 : Float($0) }
      result = planes.mapColours(Self.brown) { value, colour, pixel in
        value * (1 - mask[pixel]) + colour * mask[pixel]
      }
    }
    return result.flooredToLevelsInFloat32.tensor
  }

  private static let paleTurquoise: [Float] = [175.0 / 255, 238.0 / 255, 238.0 / 255]
  private static let brown: [Float] = [63.0 / 255, 42.0 / 255, 20.0 / 255]

  /// How brightly each pixel of the drops shines, from 0 to 1.
  private static func glints(on drops: ImagePlanes) -> [Float] {
    // What exceeds 255 starts again from 0, as it does in the published scripts.
    let liquid = LevelPlane(
      height: drops.height, width: drops.width, levels: drops.values.map { Int($0 * 255) & 255 })
    let distances = DistanceMap(
      height: drops.height, width: drops.width, isMarked: liquid.edges(low: 50, high: 150)
    ).distances
    // At most 20 pixels, the mean of nine, in whole pixels.
    var relief = LevelPlane(
      height: drops.height, width: drops.width, levels: distances.map { min($0, 20 << 16) })
    relief.levels = relief.sumsOfNine.map { $0 / (9 << 16) }
    relief = relief.equalized
    relief.levels = relief.correlated(with: [-2, -1, 0, -1, 1, 1, 0, 1, 2])
      .map { min(max($0, 0), 255) }
    relief.levels = relief.sumsOfNine.map { ($0 + 4) / 9 }

    let glints = zip(liquid.levels, relief.levels).map { Float($0) * Float($1) }
    let brightest = glints.max() ?? 0
    return brightest > 0 ? glints.map { $0 / brightest } : glints
  }
}

extension ImagePlanes {
  /// Changes every value with the part of a colour that belongs to its channel, in float32; of
  /// images that are not in three channels, with the colour's grey.
  ///
  /// - Parameter change: given value, part of the colour and pixel.
  fileprivate func mapColours(
    _ colour: [Float], _ change: (Float, Float, Int) -> Float
  ) -> ImagePlanes {
    var result = self
    for place in values.indices {
      let part = channels == 3 ? colour[place / area] : Self.grey(colour)
      result.values[place] = Double(change(Float(values[place]), part, place % area))
    }
    return result
  }
}
