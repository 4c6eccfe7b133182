import Tensors

/// The alternating direction method with x = z alone and the exact proximal operator of the whole
/// penalty, for λP(x) + ½‖Ax - b‖²:
///
///     z = prox(x + w, λ/ρ),  x = (A'A + ρI)⁻¹(A'b + ρ(z - w)),  w = w + x - z.
///
/// Above `PenaltyParameter.bound` the augmented Lagrangian decreases at every iteration. It takes any
/// `ProximalFunction`; the method with a separate denominator is quicker for ratios.
public struct TwoBlockSolver: Sendable {
  /// An iteration, of scaled data, for the only column.
  public struct Step: Sendable, Codable, Hashable {
    /// λP(z) + ½‖Ax - b‖² + ρ⟨w, x - z⟩ + ρ/2 ‖x - z‖².
    public var lagrangian: Double
    /// λP(z) + ½‖Az - b‖².
    public var objective: Double
    /// ‖x - z‖.
    public var gap: Double
    /// ‖x - previous x‖.
    public var change: Double
  }

  /// P.
  public var function: any ProximalFunction
  /// ρ > 0, in the units of the matrix squared.
  public var rho: Double
  /// Iterations after which z is given all the same.
  public var maximumIterations = 1500
  /// Of ‖x - z‖; a tenth of it for the step of x.
  public var tolerance = 1e-7

  /// A solver of a penalty with a fixed ρ.
  public init(_ function: any ProximalFunction, rho: Double) {
    self.function = function
    self.rho = rho
  }

  /// Minimises λP(x) + ½‖Ax - b‖² from a start [n, B], without scaling: A is `matrix.matrix`, and b, λ
  /// and ρ are in its units.
  ///
  /// - Returns: z [n, B], and the iterations, summed over the columns.
  public func minimize(
    _ matrix: FactoredMatrix, measurements b: Tensor, weight: Double, from start: Tensor
  ) -> (z: Tensor, steps: [Step]) {
    let a = matrix.matrix
    let image = a.transposed.matmul(b)
    var (x, z, w) = (start, start, Tensor.zeros(like: start))
    var steps: [Step] = []
    while steps.count < maximumIterations {
      z = function.prox(x + w, step: weight / rho)
      let next = matrix.dampedInverse(image + (z - w) * rho, damping: rho)
      let change = (next - x).norm.item
      x = next
      w = w + x - z
      let value = function(z).sum().item * weight
      let gap = x - z
      let lagrangian =
        value + (a.matmul(x) - b).squared.sum().item / 2 + rho * (w * gap).sum().item
        + rho / 2 * gap.squared.sum().item
      steps.append(
        Step(
          lagrangian: lagrangian, objective: value + (a.matmul(z) - b).squared.sum().item / 2,
          gap: gap.norm.item, change: change))
      if steps.last!.gap < tolerance, change < tolerance / 10 { break }
    }
    return (z, steps)
  }
}
