import Tensors

/// x + σ n with n standard normal, independent in every channel of every pixel.
///
/// σ by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `gaussian_noise`.
public struct GaussianNoise: Corruption {
  public let name = "gaussian-noise"
  public let severity: Severity
  public let needsImages = false

  private static let deviations = SeverityTable(
    cifar: [0.04, 0.06, 0.08, 0.09, 0.10],
    tinyImageNet: [0.04, 0.08, 0.12, 0.15, 0.18],
    imageNet: [0.08, 0.12, 0.18, 0.26, 0.38])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let deviation = Self.deviations.value(at: severity, forSampleOf: image.shape)
    return image + generator.normal(image.shape) * deviation
  }
}
