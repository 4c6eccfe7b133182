import Tensors

extension ZubovFit {
  /// Points at which a candidate is weak, found by looking at many.
  struct Weakness {
    /// u where W does not fall as it should below the level that is wanted, [N, d].
    let rising: Tensor
    /// u on the faces where W is low, [M, d].
    let faces: Tensor
    /// The lowest W at which it does not fall at all or a face is reached.
    let level: Double

    var isNone: Bool { rising.shape[0] + faces.shape[0] == 0 }
  }

  /// Looks for points where the candidate fails, outside of an ellipsoid about c.
  ///
  /// - Parameter ellipsoid: where contraction is relied on instead.
  func weakness(
    outside ellipsoid: Ellipsoid, points: Int = 40_000, generator: RandomGenerator
  ) -> Weakness {
    let dimension = slowed.system.dimension
    let units = slowed.unitBox.uniform(points, generator)
    let onFaces = slowed.unitBox.uniformOnFaces(points / 2, generator)
    let faces = onFaces.selecting(slowed.isOutward(onFaces: onFaces).trueIndices)
    let (values, rates) = valuesAndRates(at: units)
    let form = Program(dimension: dimension, outputs: [ellipsoid.form])
    let isOuter =
      form.values(at: slowed.unitBox.places(of: units))[0].squeezed(1) .> ellipsoid.radius
    let faceValues = self.values(at: faces)
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
