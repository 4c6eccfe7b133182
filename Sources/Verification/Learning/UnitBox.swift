import Tensors

/// Coordinates in which a box is [-1, 1]^d: u = (x - m) / h with its middle m and half its sides h.
///
/// Whatever is learned of a system is learned in these, so that its units do not matter.
public struct UnitBox: Sendable {
  /// m, float64 [1, d].
  public let middle: Tensor
  /// h, float64 [1, d].
  public let halfSides: Tensor

  /// The coordinates of a box with sides of these ranges.
  public init(_ box: [ClosedRange<Double>]) {
    middle = Tensor(box.map { ($0.lowerBound + $0.upperBound) / 2 }, shape: [1, box.count])
    halfSides = Tensor(box.map { ($0.upperBound - $0.lowerBound) / 2 }, shape: [1, box.count])
  }

  /// d.
  public var dimension: Int { middle.shape[1] }

  /// u of places x [N, d].
  public func units(of places: Tensor) -> Tensor { (places - middle) / halfSides }
  /// x of u [N, d].
  public func places(of units: Tensor) -> Tensor { middle + units * halfSides }

  /// u of the middles of equal cells that fill the box, so many along each axis: [N, d], the last axis
  /// running fastest.
  public func grid(_ resolution: Int) -> Tensor {
    let line = (Tensor.range(resolution, dtype: .float64) + 0.5) * (2 / Double(resolution)) - 1
    let shape = [Int](repeating: resolution, count: dimension)
    return .stacked(
      (0..<dimension).map { axis in
        let own = (0..<dimension).map { $0 == axis ? resolution : 1 }
        return line.reshaped(own).expanded(shape).flattened()
      }, along: 1)
  }

  /// u as a term of the place.
  func units(of place: Term) -> Term {
    (place - .constant(middle.doubles)).scaled(by: halfSides.reciprocal.doubles)
  }

  /// Uniform draws of u, [N, d].
  func uniform(_ count: Int, _ generator: RandomGenerator) -> Tensor {
    generator.uniform([count, dimension], in: -1..<1, dtype: .float64)
  }

  /// Uniform draws on the faces, each face as often: [N, d].
  func uniformOnFaces(_ count: Int, _ generator: RandomGenerator) -> Tensor {
    let each = (count + 2 * dimension - 1) / (2 * dimension)
    return .concatenated(
      (0..<2 * dimension).map { face in
        let draws = uniform(each, generator)
        let end = Tensor.full(face % 2 == 0 ? -1 : 1, [each], dtype: .float64)
        return .stacked(
          (0..<dimension).map { $0 == face / 2 ? end : draws.column($0) }, along: 1)
      })
  }
}

extension Tensor {
  /// A column of a matrix, [N].
  func column(_ index: Int) -> Tensor { sliced(index..<index + 1, along: 1).squeezed(1) }
}
