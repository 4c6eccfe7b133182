import Tensors

/// {x : Ax = b}, with a column of b for each column of x.
///
/// The nearest point is x + A'(AA')⁻¹(b - Ax); with A'A = GG' and A'b = Gβ that is
/// x + G diag(l)⁻¹ (β - G'x). Directions whose eigenvalue vanishes beside the largest one are left
/// as they are.
public struct AffineSet: ProximalFunction {
  let matrix: FactoredMatrix
  /// In units of `matrix.matrix`.
  let measurements: Tensor
  /// How far beside ‖b‖ a point counts as inside.
  public var tolerance = 1e-9

  /// - Parameter measurements: b [m, B] or [m, 1].
  public init(_ matrix: FactoredMatrix, measurements: Tensor) {
    self.matrix = matrix
    self.measurements = measurements.scaled(byTwoToThe: -matrix.exponent)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let gap = (matrix.matrix.matmul(x) - measurements).columnNorms
    return .indicator(gap .<= measurements.columnNorms * tolerance, like: x)
  }

  public func prox(_ x: Tensor, step: Tensor) -> Tensor {
    let targets = matrix.coordinates(of: measurements).targets.transposed
    let gap = targets - matrix.basis.transposed.matmul(x)
    let l = matrix.eigenvalues.unsqueezed(1)
    let divided = Tensor.select(
      l .> matrix.floor, gap / l.positiveOrOne, Tensor.zeros(like: gap))
    return x + matrix.basis.matmul(divided)
  }
}
