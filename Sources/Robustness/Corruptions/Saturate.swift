import Tensors

/// Paler or stronger colours: the saturation S = 1 - min(R, G, B) / max(R, G, B) of every pixel
/// becomes a S + b, confined to [0, 1]; hue and value stay. Grey pixels have the hue of red, and b
/// tints them so. An image that has not three channels is grey and stays as it is.
///
/// (a, b) by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `saturate`.
public struct Saturate: Corruption {
  public let name = "saturate"
  public let severity: Severity

  private static let settings = SeverityTable<(factor: Double, addition: Double)>(
    cifar: [(0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)],
    tinyImageNet: [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (30, 0.2)],
    imageNet: [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let planes = ImagePlanes(image)
    guard planes.channels == 3 else { return image }
    let (factor, addition) = Self.settings.value(at: severity, forSampleOf: image.shape)
    return planes.mapColors {
      $0.saturation = min(max($0.saturation * factor + addition, 0), 1)
    }.flooredToLevels.tensor
  }
}
