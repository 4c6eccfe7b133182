import Tensors

/// The trace of a lens that zoomed in while it looked: the mean of the image and of `ClippedZoom`s
/// of it by factors from 1 up to a largest one.
///
/// Factors by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `zoom_blur`; images
/// are added up in float32, as there. The scripts make factors by numpy's `arange`, which leaves
/// out the end, but for the ends 1.06 and 1.11, where rounding lets it go one further.
public struct ZoomBlur: Corruption {
  public let name = "zoom-blur"
  public let severity: Severity

  private static let small: [(end: Double, step: Double)] = [
    (1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01),
  ]
  private static let series = SeverityTable(
    cifar: small, tinyImageNet: small,
    imageNet: [(1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let (end, step) = Self.series.value(at: severity, forSampleOf: image.shape)
    let factors = Self.factors(end: end, step: step)
    // Float32 from here on.
    let clean = ImagePlanes(image).map { Double(Float($0)) }
    var sum = [Float](repeating: 0, count: clean.values.count)
    for factor in factors {
      let view = ClippedZoom(factor: factor).applied(to: clean)
      for place in sum.indices { sum[place] += Float(view.values[place]) }
    }
    var mean = clean
    for place in sum.indices {
      let total = Float(clean.values[place]) + sum[place]
      mean.values[place] = Double(total / Float(factors.count + 1))
    }
    return mean.flooredToLevels.tensor
  }

  /// 1, 1 + step, ... as numpy's `arange` makes them, rounding included.
  private static func factors(end: Double, step: Double) -> [Double] {
    let count = Int(((end - 1) / step).rounded(.up))
    let rounded = (1 + step) - 1
    return (0..<count).map { 1 + Double($0) * rounded }
  }
}
