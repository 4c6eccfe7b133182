import Tensors

/// Less contrast: m + c (x - m), with m the mean of each channel over the image.
///
/// c by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `contrast`.
public struct Contrast: Corruption {
  public let name = "contrast"
  public let severity: Severity

  private static let factors = SeverityTable(
    cifar: [0.75, 0.5, 0.4, 0.3, 0.15],
    tinyImageNet: [0.4, 0.3, 0.2, 0.1, 0.05],
    imageNet: [0.4, 0.3, 0.2, 0.1, 0.05])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let factor = Self.factors.value(at: severity, forSampleOf: image.shape)
    return ImagePlanes(image).mapPlanes { plane, result in
      let mean = plane.reduce(0, +) / Double(plane.count)
      for place in plane.indices { result[place] = (plane[place] - mean) * factor + mean }
    }.flooredToLevels.tensor
  }
}
