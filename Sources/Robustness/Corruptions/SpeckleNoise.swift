import Tensors

/// x + x σ n with n standard normal, independent in every channel of every pixel: noise in
/// proportion to the light.
///
/// σ by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `speckle_noise`.
public struct SpeckleNoise: Corruption {
  public let name = "speckle-noise"
  public let severity: Severity
  public let needsImages = false

  private static let deviations = SeverityTable(
    cifar: [0.06, 0.10, 0.12, 0.16, 0.20],
    tinyImageNet: [0.15, 0.20, 0.25, 0.30, 0.35],
    imageNet: [0.15, 0.20, 0.35, 0.45, 0.60])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let deviation = Self.deviations.value(at: severity, forSampleOf: image.shape)
    return image + image * (generator.normal(image.shape) * deviation)
  }
}
