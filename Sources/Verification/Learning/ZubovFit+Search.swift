import Tensors

extension ZubovFit {
  /// Points at which a candidate is weak, found by looking at many.
  public struct Weakness {
    /// u where W does not fall as it should below the level that is wanted, [N, d].
    public let rising: Tensor
    /// u on the faces where W is low, [M, d].
    public let faces: Tensor
    /// The lowest W at which it does not fall at all or a face is reached.
    public let level: Double

    public var isNone: Bool { rising.shape[0] + faces.shape[0] == 0 }
  }

  /// Looks for points where the candidate fails, outside of an ellipsoid about c.
  ///
  /// - Parameter innerLevel: (u - c)'P(u - c) below which a quadratic function is relied on instead.
  public func weakness(
    outside innerLevel: Double, points: Int = 40_000, generator: RandomGenerator
  ) -> Weakness {
    let dimension = slowed.system.dimension
    let units = slowed.unitBox.uniform(points, generator)
    let faces = slowed.unitBox.uniformOnFaces(points / 2, generator)
    let (values, rates) = self.values(at: units)
    let isOuter = slowed.quadraticValue(at: units) .> innerLevel
    let faceValues = self.values(at: faces).values
    func first(_ count: Int, _ rows: Tensor, where condition: Tensor) -> Tensor {
      let found = condition.trueIndices
      return found.shape[0] == 0
        ? .zeros([0, dimension], dtype: .float64)
        : rows.selecting(found.sliced(0..<min(count, found.shape[0])))
    }
    func lowest(_ values: Tensor, where condition: Tensor) -> Double {
      let found = values.selecting(condition.trueIndices)
      return found.count == 0 ? .infinity : found.min().item
    }
    return Weakness(
      rising: first(400, units, where: (rates .> -0.01) .& (values .< 0.985) .& isOuter),
      faces: first(200, faces, where: faceValues .< 0.99),
      level: min(
        lowest(values, where: (rates .>= 0) .& isOuter),
        lowest(faceValues, where: faceValues .< .infinity)))
  }
}
