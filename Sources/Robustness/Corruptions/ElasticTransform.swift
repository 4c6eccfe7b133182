import Tensors

/// A stretch of the whole image and small displacements of its parts.
///
/// First an affine map takes three corners of a square, of half-side ⌊min(H, W) / 3⌋ about the
/// middle, to themselves plus U(-γ, γ) each (`AffineWarp`). Then pixel (y, x) takes its value from
/// (y + α g_σ * u, x + α g_σ * v), bilinearly, where u and v are uniform on (-1, 1) in every pixel
/// and g_σ is a Gaussian filter (cut off at 3 σ).
///
/// α, σ and γ by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261),
/// `elastic_transform`, whose scripts give them in shares of the side 32 or 64; here they are shares
/// of min(H, W). The middle is (⌊H/2⌋, ⌊W/2⌋) taken for (x, y), as it is there, which matters for
/// images that are not square. Images more than 128 pixels high go by the version in
/// `imagecorruptions` (github.com/bethgelab/imagecorruptions): no affine map, σ = 0.01 min(H, W)
/// (there of either side by itself) and u, v uniform within 0.005 H.
public struct ElasticTransform: Corruption {
  public let name = "elastic-transform"
  public let severity: Severity

  struct Constants {
    /// α and the largest draw, their product times the side.
    var strength: Double
    /// σ as a share of the side.
    var smoothness: Double
    /// γ as a share of the side; nil where there is no affine map.
    var stretch: Double?
  }

  private static let constants = SeverityTable<Constants>(
    cifar: [
      Constants(strength: 0, smoothness: 0, stretch: 0.08),
      Constants(strength: 0.05, smoothness: 0.2, stretch: 0.07),
      Constants(strength: 0.08, smoothness: 0.06, stretch: 0.06),
      Constants(strength: 0.1, smoothness: 0.04, stretch: 0.05),
      Constants(strength: 0.1, smoothness: 0.03, stretch: 0.03),
    ],
    tinyImageNet: [
      Constants(strength: 0, smoothness: 0, stretch: 0.08),
      Constants(strength: 0.05, smoothness: 0.3, stretch: 0.06),
      Constants(strength: 0.1, smoothness: 0.08, stretch: 0.06),
      Constants(strength: 0.1, smoothness: 0.03, stretch: 0.03),
      Constants(strength: 0.16, smoothness: 0.03, stretch: 0.02),
    ],
    imageNet: [0.05, 0.065, 0.085, 0.1, 0.12].map {
      Constants(strength: 250 * 0.005 * $0, smoothness: 0.01, stretch: nil)
    })

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    func draws(_ count: Int) -> [Double] {
      generator.uniform([count], in: -1..<1, dtype: .float64).doubles
    }
    let area = image.shape[1] * image.shape[2]
    return corrupt(image, corners: draws(6), right: draws(area), down: draws(area))
  }

  /// - Parameters:
  ///   - corners: uniform on (-1, 1), the displacements of three corners in x and y over γ. They
  ///     are drawn whether or not the severity has an affine map.
  ///   - right: v, [H][W].
  ///   - down: u, [H][W].
  package func corrupt(
    _ image: Tensor, corners: [Double], right: [Double], down: [Double]
  ) -> Tensor {
    let constants = Self.constants.value(at: severity, forSampleOf: image.shape)
    var planes = ImagePlanes(image)
    let side = Double(min(planes.height, planes.width))
    if let stretch = constants.stretch {
      planes = AffineWarp(
        centre: (x: Double(planes.height / 2), y: Double(planes.width / 2)),
        halfSide: max(1, (side / 3).rounded(.down)),
        displacements: corners.map { Float($0 * stretch * side) }
      ).applied(to: planes)
    }
    func smoothed(_ draws: [Double]) -> [Double] {
      GaussianFilter(deviation: constants.smoothness * side, truncation: 3, border: .reflect)
        .applied(
          to: ImagePlanes(channels: 1, height: planes.height, width: planes.width, values: draws)
        ).values.map { Double(Float($0 * constants.strength * side)) }
    }
    return Self.displaced(planes, down: smoothed(down), right: smoothed(right))
      .flooredToLevelsInFloat32.tensor
  }

  /// Every pixel from so far below and to the right, bilinearly, mirrored at the border with the
  /// last pixel repeated (scipy.ndimage's `map_coordinates` of order 1 and mode `reflect`).
  private static func displaced(
    _ image: ImagePlanes, down: [Double], right: [Double]
  ) -> ImagePlanes {
    let border = ImageBorder.reflect
    return image.mapPlanes { plane, result in
      for place in 0..<image.area {
        let y = Double(place / image.width) + down[place]
        let x = Double(place % image.width) + right[place]
        let (row, column) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
        let (v, u) = (y - Double(row), x - Double(column))
        let above = border.pixel(row, of: image.height) * image.width
        let below = border.pixel(row + 1, of: image.height) * image.width
        let left = border.pixel(column, of: image.width)
        let next = border.pixel(column + 1, of: image.width)
        result[place] =
          plane[above + left] * (1 - v) * (1 - u) + plane[above + next] * (1 - v) * u
          + plane[below + left] * v * (1 - u) + plane[below + next] * v * u
      }
    }
  }
}
