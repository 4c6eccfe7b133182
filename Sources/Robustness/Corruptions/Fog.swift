import Tensors

/// A bright cloud: x' = (x + c m) M / (M + c), with a random map m of values in [0, 1] (see
/// `PlasmaFractal`) and the image's largest value M.
///
/// c and the map's decay by severity from Hendrycks and Dietterich 2019 (arXiv:1903.12261), `fog`.
/// The map is as large as the image, rounded up to a power of two, as theirs are: 32, 64 and 256.
public struct Fog: Corruption {
  public let name = "fog"
  public let severity: Severity

  private static let constants = SeverityTable<(strength: Double, decay: Double)>(
    cifar: [(0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)],
    tinyImageNet: [(0.4, 3), (0.7, 3), (1, 2.5), (1.5, 2), (2, 1.75)],
    imageNet: [(1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)])

  public init(severity: Severity) { self.severity = severity }

  public func corrupt(_ image: Tensor, using generator: RandomGenerator) -> Tensor {
    let size = PlasmaFractal.size(covering: image.shape[1], image.shape[2])
    let draws = generator.uniform([PlasmaFractal.drawCount(size: size)], dtype: .float64)
    return corrupt(image, draws: draws.doubles)
  }

  /// - Parameter draws: those of the map, uniform on [0, 1).
  package func corrupt(_ image: Tensor, draws: [Double]) -> Tensor {
    let (strength, decay) = Self.constants.value(at: severity, forSampleOf: image.shape)
    let planes = ImagePlanes(image)
    let map = PlasmaFractal(
      size: PlasmaFractal.size(covering: planes.height, planes.width), decay: decay, draws: draws)
    let largest = planes.values.max() ?? 0
    var result = planes
    for place in result.values.indices {
      let pixel = place % planes.area
      let cloud = map.values[pixel / planes.width * map.size + pixel % planes.width]
      result.values[place] =
        (planes.values[place] + strength * cloud) * largest / (largest + strength)
    }
    return result.flooredToLevels.tensor
  }
}
