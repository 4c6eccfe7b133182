import Tensors

/// Larger pixels: the image is averaged down to a share c of its height and width and enlarged
/// again.
///
/// c by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `pixelate`, which is
/// Pillow's `resize` with the box filter both ways. At least one pixel is left, and height and
/// width each shrink by themselves (the scripts know square images only).
public struct Pixelate: Corruption {
  public let name = "pixelate"
  public let severity: Severity

  private static let shares = SeverityTable(
    cifar: [0.95, 0.9, 0.85, 0.75, 0.65],
    tinyImageNet: [0.9, 0.8, 0.7, 0.6, 0.5],
    imageNet: [0.6, 0.5, 0.4, 0.3, 0.25])

  public init(severity: Severity) { self.severity = severity }

  /// Draws nothing.
  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let share = Self.shares.value(at: severity, forSampleOf: image.shape)
    let planes = ImagePlanes(image)
    let height = max(1, Int(Double(planes.height) * share))
    let width = max(1, Int(Double(planes.width) * share))
    let levels = planes.levels
    let result = (0..<planes.channels).flatMap { channel in
      LevelPlane(
        height: planes.height, width: planes.width,
        levels: Array(levels[channel * planes.area..<(channel + 1) * planes.area])
      )
      .boxResized(height: height, width: width)
      .boxResized(height: planes.height, width: planes.width)
      .levels
    }
    return ImagePlanes(
      channels: planes.channels, height: planes.height, width: planes.width, levels: result
    ).tensor
  }
}
