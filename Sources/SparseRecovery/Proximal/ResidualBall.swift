import Tensors

/// {x : ‖Ax - b‖ ≤ ε}, with a column of b for each column of x.
///
/// Outside, the nearest point is x - G diag(μ / (1 + μl)) (G'x - β), where the multiplier μ > 0 is
/// the root of φ(μ) = ‖(G'x - β) / (1 + μl)‖ = ε. 1/φ is concave and increasing, so Newton's method
/// on 1/φ - 1/ε climbs from μ = 0 without overshooting (as for trust regions: Moré, Sorensen 1983).
public struct ResidualBall: ProximalFunction {
  let matrix: FactoredMatrix
  /// In units of `matrix.matrix`, as is `reach`.
  let measurements: Tensor
  /// ε, in the units of `measurements` as they were given.
  public let radius: Double
  private let reach: Double
  /// How far beyond the surface, relative to ε, a point counts as inside.
  public var tolerance = 1e-9

  /// - Parameter measurements: b [m, B] or [m, 1].
  public init(_ matrix: FactoredMatrix, measurements: Tensor, radius: Double) {
    self.matrix = matrix
    self.measurements = measurements.scaled(byTwoToThe: -matrix.exponent)
    self.radius = radius
    reach = BinaryScale.bounded(radius, timesTwoToThe: Double(-matrix.exponent))
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let gap = (matrix.matrix.matmul(x) - measurements).columnNorms
    return .indicator(gap .<= reach * (1 + tolerance), like: x)
  }

  public func prox(_ x: Tensor, step: Tensor) -> Tensor {
    let (targets, outside) = matrix.coordinates(of: measurements)
    let within = (-outside.squared + reach * reach).relu.squareRoot
    let gap = targets - x.transposed.matmul(matrix.basis)
    let mu = Self.multiplier(
      gap: gap, eigenvalues: matrix.eigenvalues, radius: within + Tensor.zeros(like: gap[0][0]))
    let factor = mu / (mu * matrix.eigenvalues + 1)
    return x + matrix.basis.matmul((gap * factor).transposed)
  }

  /// μ [B, 1] of each row of gaps [B, r]; 0 inside. `radius` is [B].
  static func multiplier(gap: Tensor, eigenvalues l: Tensor, radius: Tensor) -> Tensor {
    let radius = radius.unsqueezed(1)
    var mu = Tensor.zeros([gap.shape[0], 1], dtype: gap.dtype, device: gap.device)
    for _ in 0..<60 {
      let factor = (mu * l + 1).reciprocal
      let squares = (gap * factor).squared
      let size = squares.sum(along: 1, keeping: true)
      let slope = (squares * l * factor).sum(along: 1, keeping: true)
      let isOutside = (size.squareRoot .> radius * (1 + 1e-13)) .& (slope .> 0)
      if !isOutside.any().isTrue { break }
      let move = (size.squareRoot / radius - 1) * size / slope.positiveOrOne
      mu = Tensor.select(isOutside, mu + move, mu)
    }
    return mu
  }
}
