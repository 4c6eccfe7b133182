import Foundation
import Tensors

/// The view of a lens out of focus: every point becomes a disk of radius r pixels, whose edge is
/// smoothed a little.
///
/// The kernel is the indicator of x² + y² <= r² over its sum, smoothed by a sampled normal density
/// of 3 x 3 places and deviation a (5 x 5 for r above 8). Beyond the edge the image is mirrored at
/// its outermost pixels, as OpenCV does (`BORDER_REFLECT_101`), on whose `GaussianBlur` and
/// `filter2D` the script rests. The kernel is computed in float32, as there.
///
/// (r, a) by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `defocus_blur`.
public struct DefocusBlur: Corruption {
  public let name = "defocus-blur"
  public let severity: Severity

  private static let settings = SeverityTable<(radius: Double, deviation: Double)>(
    cifar: [(0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)],
    tinyImageNet: [(0.5, 0.6), (1, 0.1), (1.5, 0.1), (2.5, 0.01), (3, 0.1)],
    imageNet: [(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let (radius, deviation) = Self.settings.value(at: severity, forSampleOf: image.shape)
    return Self.disk(radius: radius, deviation: deviation).applied(to: ImagePlanes(image))
      .flooredToLevels.tensor
  }

  private static func disk(radius: Double, deviation: Double) -> SparseKernel {
    let reach = max(8, Int(radius))
    let smoothing = (radius <= 8 ? 0...1 : 0...2).map {
      exp(-Double($0 * $0) / (2 * deviation * deviation))
    }
    let sum = smoothing[0] + 2 * smoothing.dropFirst().reduce(0, +)
    let weights = smoothing.map { Float($0 / sum) }
    func line(_ value: (Int) -> Float) -> Float {
      (1..<weights.count).reduce(weights[0] * value(0)) {
        $0 + weights[$1] * (value(-$1) + value($1))
      }
    }
    let side = -reach...reach
    func isInside(_ x: Int, _ y: Int) -> Bool { Double(x * x + y * y) <= radius * radius }
    let area = side.reduce(0) { sum, y in sum + side.count { isInside($0, y) } }
    // The kernel itself is smoothed as an image, mirrored at its edges.
    func mirrored(_ place: Int) -> Int {
      ImageBorder.mirror.pixel(place + reach, of: side.count) - reach
    }
    func disk(_ x: Int, _ y: Int) -> Float {
      isInside(mirrored(x), mirrored(y)) ? 1 / Float(area) : 0
    }
    let taps = side.flatMap { y in
      side.map { x in
        let weight = line { dy in line { dx in disk(x + dx, y + dy) } }
        return SparseKernel.Tap(dx: x, dy: y, weight: Double(weight))
      }
    }
    return SparseKernel(taps: taps.filter { $0.weight > 0 }, border: .mirror)
  }
}
