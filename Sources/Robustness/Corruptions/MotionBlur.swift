import Tensors

/// The trace of a camera that moved while it looked: `SparseKernel.motion` along an angle uniform
/// on [-45°, 45°).
///
/// (radius, σ) in pixels by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261),
/// `motion_blur`, which calls ImageMagick; as there, the result is rounded to whole 8-bit levels,
/// not cut down to them.
public struct MotionBlur: Corruption {
  public let name = "motion-blur"
  public let severity: Severity

  private static let settings = SeverityTable<(radius: Double, deviation: Double)>(
    cifar: [(6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)],
    tinyImageNet: [(10, 1), (10, 1.5), (10, 2), (10, 2.5), (12, 3)],
    imageNet: [(10, 3), (15, 5), (15, 8), (15, 12), (20, 15)])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    var draws = SplitMix64(from: generator)
    return corrupt(image, degrees: draws.uniform(in: -45..<45))
  }

  /// The corrupted image for a given angle, clockwise from the right.
  package func corrupt(_ image: Tensor, degrees: Double) -> Tensor {
    let (radius, deviation) = Self.settings.value(at: severity, forSampleOf: image.shape)
    return SparseKernel.motion(radius: radius, deviation: deviation, degrees: degrees)
      .applied(to: ImagePlanes(image)).roundedToLevels.tensor
  }
}
