import Foundation
import Tensors

/// The class-specific equilibrium points c_1, ..., c_L, chosen so that the largest cosine between
/// two of them is least (paper, section III-C, after SODEF).
public enum Equilibria {
  /// Points [count, dimension] of the given norm.
  ///
  /// Up to dimension + 1 points the optimum is a regular simplex, c_i · c_j = -radius² / (L - 1),
  /// here in a random orthonormal basis. For more points the largest cosine is minimised
  /// numerically through a log-sum-exp that sharpens as it goes; the result is a local optimum.
  public static func leastMaximalCosine(
    count: Int, dimension: Int, radius: Double, generator: RandomGenerator,
    dtype: DType = .float32
  ) -> Tensor {
    precondition(count >= 2, "equilibria of \(count) classes")
    let unit =
      count <= dimension + 1
      ? simplex(count: count, dimension: dimension, generator: generator)
      : spread(count: count, dimension: dimension, generator: generator)
    return (unit * radius).to(dtype)
  }

  /// The largest cosine between two different rows.
  public static func maximalCosine(_ points: Tensor) -> Double {
    let unit = points.to(.float64) / points.to(.float64).norm(along: 1, keeping: true)
    let cosines = unit.matmul(unit.transposed)
    let off = cosines - Tensor.identity(points.shape[0], dtype: .float64) * 2
    return off.max().item
  }

  private static func simplex(
    count: Int, dimension: Int, generator: RandomGenerator
  ) -> Tensor {
    // In coordinates of its own, count - 1 of them: the rows of a lower triangular matrix whose
    // Gram matrix is that of the simplex.
    let size = count - 1
    var rows = [[Double]](repeating: [Double](repeating: 0, count: size), count: count)
    let cosine = -1 / Double(size)
    for i in 0..<count {
      for j in 0..<min(i, size) {
        let shared = (0..<j).reduce(0.0) { $0 + rows[i][$1] * rows[j][$1] }
        rows[i][j] = (cosine - shared) / rows[j][j]
      }
      if i < size {
        rows[i][i] = (1 - rows[i].reduce(0) { $0 + $1 * $1 }).squareRoot()
      }
    }
    let own = Tensor(rows.flatMap { $0 }, shape: [count, size])
    return own.matmul(orthonormalRows(count: size, dimension: dimension, generator: generator))
  }

  /// Orthonormal rows [count, dimension] by Gram-Schmidt on normal draws, twice for precision.
  private static func orthonormalRows(
    count: Int, dimension: Int, generator: RandomGenerator
  ) -> Tensor {
    var rows: [Tensor] = []
    for _ in 0..<count {
      var row = generator.normal([1, dimension], dtype: .float64)
      for _ in 0..<2 where !rows.isEmpty {
        let basis = Tensor.concatenated(rows)
        row = row - row.matmul(basis.transposed).matmul(basis)
      }
      rows.append(row / row.norm)
    }
    return .concatenated(rows)
  }

  private static func spread(
    count: Int, dimension: Int, generator: RandomGenerator
  ) -> Tensor {
    var points = generator.normal([count, dimension], dtype: .float64)
    points = points / points.norm(along: 1, keeping: true)
    let masked = Tensor.identity(count, dtype: .float64) * 4
    for step in 0..<2000 {
      let sharpness = 5 * pow(200, Double(step) / 2000)
      // Curvature grows with sharpness: the last quarter settles what the longer steps found.
      let rate = min(0.2 / sharpness.squareRoot(), step < 1500 ? .infinity : 1 / sharpness)
      let leaf = points.differentiable()
      let unit = leaf / leaf.norm(along: 1, keeping: true)
      let cosines = unit.matmul(unit.transposed) - masked
      let crowding = (cosines * sharpness).logSumExp() / sharpness
      points = points - gradient(of: crowding, wrt: [leaf])[0] * (rate * Double(count) / 4)
      points = points / points.norm(along: 1, keeping: true)
    }
    return points
  }
}
