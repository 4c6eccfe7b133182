import Tensors

/// What can be said of a matrix's fitness for sparse recovery without solving NP-hard problems.
/// Each property says on which side of the true constant it lies.
public struct MatrixDiagnostics: Sendable, Codable, Hashable {
  /// The largest |⟨a_i, a_j⟩| / ‖a_i‖‖a_j‖ of two columns: exact.
  public let coherence: Double
  /// l₁ recovers every signal with up to this many elements, (1 + 1/coherence) / 2: sufficient
  /// (Donoho, Elad 2003), and usually far too careful.
  public let coherenceSparsity: Int
  /// k of the following.
  public let sparsity: Int
  /// Largest deviation from 1 of an eigenvalue of A_S'A_S over sampled supports |S| = k: a *lower*
  /// bound of the restricted isometry constant δ_k. An upper one is (k - 1) · coherence for columns
  /// of length 1.
  public let isometryLowerBound: Double
  /// Largest ‖h_S‖₁ / ‖h - h_S‖₁ over sampled h in the null space, S being the k largest elements:
  /// a *lower* bound of the null-space constant. At 1 or above, l₁ is proven to fail for some
  /// signal; below 1 nothing is proven.
  public let nullSpaceLowerBound: Double
  /// The same for Σ|h|^½, of which the null-space property of l½ and of the ratio's numerator is
  /// made.
  public let halfNullSpaceLowerBound: Double

  /// - Parameters:
  ///   - samples: supports and null vectors tried.
  public init(
    of matrix: Tensor, sparsity k: Int, samples: Int = 200, generator: RandomGenerator
  ) {
    let a = matrix.to(.float64)
    let n = a.shape[1]
    precondition((1..<n).contains(k), "diagnostics for \(k) of \(n) elements")
    let unit = a / a.columnNorms.positiveOrOne
    let products = unit.transposed.matmul(unit).magnitude
    coherence = (products - Tensor.identity(n, dtype: .float64) * products).max().item
    coherenceSparsity = coherence > 0 ? Int(((1 + 1 / coherence) / 2).rounded(.down)) : n
    sparsity = k
    var isometry = 0.0
    for _ in 0..<samples {
      let support = generator.permutation(n).sliced(0..<k)
      let part = a.selecting(support, along: 1)
      let l = part.transposed.matmul(part).symmetricEigen.values
      isometry = max(isometry, (l - 1).magnitude.max().item)
    }
    isometryLowerBound = isometry
    // Null vectors of random vectors with k elements, which concentrate where it hurts.
    let factored = FactoredMatrix(a)
    let zero = Tensor.zeros([a.shape[0], 1], dtype: .float64)
    let set = AffineSet(factored, measurements: zero)
    let order = generator.uniform([n, samples], dtype: .float64)
    let limit = order.largest(k, along: 0).values[k - 1]
    let start =
      generator.normal([n, samples], dtype: .float64) * (order .>= limit).to(.float64)
    let h = set.prox(set.prox(start, step: 0), step: 0).magnitude
    let isNull = factored.rows >= n && factored.eigenvalues.min().item > factored.floor
    nullSpaceLowerBound = isNull ? 0 : Self.concentration(of: h, k)
    halfNullSpaceLowerBound = isNull ? 0 : Self.concentration(of: h.squareRoot, k)
  }

  private static func concentration(of sizes: Tensor, _ k: Int) -> Double {
    let top = sizes.largest(k, along: 0).values.columnSums
    return (top / (sizes.columnSums - top).positiveOrOne).max().item
  }
}
