import Datasets
import StableDynamics
import Tensors

/// Two random sets of points, and whether they are separable.
struct SeparabilityTrial {
  /// No point of X₂ is in the hull of X₁.
  let isSeparable: Bool
  /// No point of X₂ is in the smallest box around X₁.
  let isSeparableByCoordinates: Bool

  init(_ sizes: SeparabilityBound, seed: UInt64, index: Int) {
    let (dimension, pointCount) = (sizes.dimension, sizes.pointCount)
    var generator = SplitMix64(
      seed: seed, stream: "separability \(dimension) \(pointCount) \(sizes.otherCount)",
      index: index)
    func draw(_ count: Int) -> [Double] {
      (0..<count * dimension).map { _ in 2 * generator.nextUnit() - 1 }
    }
    let hull = ConvexHull(of: draw(pointCount), dimension: dimension)
    var (isSeparable, isSeparableByCoordinates) = (true, true)
    for _ in 0..<sizes.otherCount where isSeparable {
      let point = draw(1)
      if hull.isSeparatedByCoordinate(point) { continue }
      isSeparableByCoordinates = false
      // In a flat of fewer dimensions than the space: outside with probability 1.
      if !sizes.isCertain { isSeparable = !hull.contains(point) }
    }
    self.isSeparable = isSeparable
    self.isSeparableByCoordinates = isSeparableByCoordinates
  }
}
