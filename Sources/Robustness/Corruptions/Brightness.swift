import Tensors

/// More light: the value V = max(R, G, B) of every pixel becomes min(V + c, 1); hue and saturation
/// stay. An image that has not three channels is grey: every x becomes min(x + c, 1).
///
/// c by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `brightness`.
public struct Brightness: Corruption {
  public let name = "brightness"
  public let severity: Severity

  private static let additions = SeverityTable(
    cifar: [0.05, 0.1, 0.15, 0.2, 0.3],
    tinyImageNet: [0.1, 0.2, 0.3, 0.4, 0.5],
    imageNet: [0.1, 0.2, 0.3, 0.4, 0.5])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let addition = Self.additions.value(at: severity, forSampleOf: image.shape)
    let planes = ImagePlanes(image)
    let brighter =
      planes.channels == 3
      ? planes.mapColors { $0.value = min($0.value + addition, 1) }
      : planes.map { min($0 + addition, 1) }
    return brighter.flooredToLevels.tensor
  }
}
