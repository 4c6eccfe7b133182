import Tensors

/// The noise of counted photons: Poisson(c x) / c, independent in every channel of every pixel, of
/// mean x and variance x / c.
///
/// c by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `shot_noise`.
public struct ShotNoise: Corruption {
  public let name = "shot-noise"
  public let severity: Severity
  public let needsImages = false

  private static let photons = SeverityTable<Double>(
    cifar: [500, 250, 100, 75, 50],
    tinyImageNet: [250, 100, 50, 30, 15],
    imageNet: [60, 25, 12, 5, 3])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let count = Self.photons.value(at: severity, forSampleOf: image.shape)
    return generator.poisson(rates: image * count) / count
  }
}
