import Tensors

/// Salt and pepper: with probability p a channel of a pixel becomes 1 or 0, with even odds.
///
/// p by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `impulse_noise`, which is
/// scikit-image's `random_noise(mode: 's&p')`. Here one uniform draw u decides both: u < p/2 is
/// salt, u < p is pepper.
public struct ImpulseNoise: Corruption {
  public let name = "impulse-noise"
  public let severity: Severity
  public let needsImages = false

  private static let shares = SeverityTable(
    cifar: [0.01, 0.02, 0.03, 0.05, 0.07],
    tinyImageNet: [0.01, 0.02, 0.05, 0.08, 0.14],
    imageNet: [0.03, 0.06, 0.09, 0.17, 0.27])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let share = Self.shares.value(at: severity, forSampleOf: image.shape)
    let draws = generator.uniform(image.shape)
    let impulses = (draws .< share / 2).to(image.dtype)
    return Tensor.select(draws .< share, impulses, image)
  }
}
