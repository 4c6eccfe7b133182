import Tensors

/// What a product of two forms has beyond its linear part, where x = x_0 + a·ξ + e and likewise y:
///
///     x y = x_0 y_0 + (x_0 b + y_0 a)·ξ + Σ_ij a_i b_j ξ_i ξ_j + (rests).
///
/// Of the quadratic part the squares ξ_i² are in [0, 1] and the mixed terms in [-1, 1]. Summed over
/// components first, as in a scalar product, they cancel as they do in the exact result: dV·f next to an
/// equilibrium is bounded by the diagonal of its own quadratic form, not by sums of magnitudes.
struct BilinearRest {
  /// The middle of the quadratic part.
  let middle: Tensor
  /// The reach of the rest without `crossed`.
  let radius: Tensor
  /// |x_0| e_y + |y_0| e_x: what the operands' own rests come to.
  let crossed: Tensor

  init(_ x: LinearForm, _ y: LinearForm, isSummed: Bool = false) {
    let (width, dimension) = (max(x.width, y.width), x.dimension)
    func total(_ values: Tensor) -> Tensor {
      isSummed ? values.sum(along: 1, keeping: true) : values
    }
    let (a, b) = ((0..<dimension).map { x.slopes[$0] }, (0..<dimension).map { y.slopes[$0] })
    let squares = a.indices.map { total(a[$0] * b[$0]) }
    var reach = squares.dropFirst().reduce(squares[0].magnitude) { $0 + $1.magnitude } * 0.5
    for i in a.indices {
      for j in 0..<i { reach = reach + total(a[i] * b[j] + a[j] * b[i]).magnitude }
    }
    middle = squares.dropFirst().reduce(squares[0], +) * 0.5
    let (xTotal, yTotal) = (x.total, y.total)
    // Backwards, a number that multiplies a vector gets a sum over all of its components.
    let summed = isSummed || x.width != y.width ? width : 0
    let factor = Rounding.factor(4 * (dimension + 4) + summed)
    let rounding = xTotal * yTotal * factor
    radius =
      reach + total(x.spread * y.radius + y.spread * x.radius + x.radius * y.radius)
      + total(rounding) + Rounding.smallest
    crossed = total(x.center.magnitude * y.radius + y.center.magnitude * x.radius)
  }
}
