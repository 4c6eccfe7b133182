import Tensors

/// Smoothing by a normal density of deviation σ pixels, cut off at 4 σ, every channel for itself;
/// beyond the edge stands the nearest pixel.
///
/// σ by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `gaussian_blur`, which is
/// scikit-image's `gaussian`.
public struct GaussianBlur: Corruption {
  public let name = "gaussian-blur"
  public let severity: Severity

  private static let deviations = SeverityTable(
    cifar: [0.4, 0.6, 0.7, 0.8, 1.0],
    tinyImageNet: [0.5, 0.75, 1.0, 1.25, 1.5],
    imageNet: [1.0, 2.0, 3.0, 4.0, 6.0])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let deviation = Self.deviations.value(at: severity, forSampleOf: image.shape)
    return GaussianFilter(deviation: deviation).applied(to: ImagePlanes(image)).flooredToLevels
      .tensor
  }
}
