import Tensors

/// Flakes that fall aslant over a whitened image.
///
/// Normal noise, enlarged and cut off below a threshold, is blurred by a motion; the flakes s and
/// the same flakes rotated by 180° are added to λ x + (1 - λ) max(x, 1.5 grey(x) + 0.5).
///
/// Constants by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `snow`. As there,
/// the layer of flakes is cut down to 8-bit levels before the motion blur and rounded to levels
/// after it, as ImageMagick did at the time. Where an image is not in three channels, each is its
/// own grey.
public struct Snow: Corruption {
  public let name = "snow"
  public let severity: Severity

  struct Constants {
    /// Of the noise.
    var mean, deviation: Double
    /// How much flakes are enlarged.
    var zoom: Double
    /// Below it there is no flake.
    var threshold: Double
    /// Of the motion blur.
    var radius, blur: Double
    /// λ.
    var share: Double

    init(
      _ mean: Double, _ deviation: Double, zoom: Double, from threshold: Double, radius: Double,
      blur: Double, share: Double
    ) {
      self.mean = mean
      self.deviation = deviation
      self.zoom = zoom
      self.threshold = threshold
      self.radius = radius
      self.blur = blur
      self.share = share
    }
  }

  /// Those of images of 32 and 64 pixels differ in λ alone.
  private static func small(_ shares: [Double]) -> [Constants] {
    [
      Constants(0.1, 0.2, zoom: 1, from: 0.6, radius: 8, blur: 3, share: shares[0]),
      Constants(0.1, 0.2, zoom: 1, from: 0.5, radius: 10, blur: 4, share: shares[1]),
      Constants(0.15, 0.3, zoom: 1.75, from: 0.55, radius: 10, blur: 4, share: shares[2]),
      Constants(0.25, 0.3, zoom: 2.25, from: 0.6, radius: 12, blur: 6, share: shares[3]),
      Constants(0.3, 0.3, zoom: 1.25, from: 0.65, radius: 14, blur: 12, share: shares[4]),
    ]
  }

  private static let constants = SeverityTable<Constants>(
    cifar: small([0.95, 0.9, 0.9, 0.85, 0.8]),
    tinyImageNet: small([0.8, 0.8, 0.7, 0.65, 0.6]),
    imageNet: [
      Constants(0.1, 0.3, zoom: 3, from: 0.5, radius: 10, blur: 4, share: 0.8),
      Constants(0.2, 0.3, zoom: 2, from: 0.5, radius: 12, blur: 4, share: 0.7),
      Constants(0.55, 0.3, zoom: 4, from: 0.9, radius: 12, blur: 8, share: 0.7),
      Constants(0.55, 0.3, zoom: 4.5, from: 0.85, radius: 12, blur: 8, share: 0.65),
      Constants(0.55, 0.3, zoom: 2.5, from: 0.85, radius: 12, blur: 12, share: 0.55),
    ])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let noise = generator.normal(Array(image.shape.suffix(2)), dtype: .float64)
    let degrees = generator.uniform([1], in: -135..<(-45), dtype: .float64).item
    return corrupt(image, noise: noise.doubles, degrees: degrees)
  }

  /// - Parameters:
  ///   - noise: standard normal, [H][W].
  ///   - degrees: the direction of the motion blur, from -135 to -45 (see `SparseKernel.motion`).
  package func corrupt(_ image: Tensor, noise: [Double], degrees: Double) -> Tensor {
    let constants = Self.constants.value(at: severity, forSampleOf: image.shape)
    let planes = ImagePlanes(image)
    let layer = ImagePlanes(
      channels: 1, height: planes.height, width: planes.width,
      values: noise.map { constants.mean + constants.deviation * $0 })
    let flakes = SparseKernel.motion(
      radius: constants.radius, deviation: constants.blur, degrees: degrees
    ).applied(
      to: ClippedZoom(factor: constants.zoom).applied(to: layer)
        .map { $0 < constants.threshold ? 0 : $0 }.flooredToLevels
    ).roundedToLevels.values

    var result = planes
    for place in result.values.indices {
      let pixel = place % planes.area
      let value = Float(planes.values[place])
      let grey = planes.grey(at: pixel, inChannel: place / planes.area)
      let whitened =
        Float(constants.share) * value
        + Float(1 - constants.share) * max(value, grey * 1.5 + 0.5)
      result.values[place] = Double(whitened) + flakes[pixel] + flakes[planes.area - 1 - pixel]
    }
    return result.flooredToLevels.tensor
  }
}
