import Tensors

/// Bounds from both sides of the greatest logarithmic norm in the Euclidean norm that Jacobians A S B have,
///
///     μ* = max_S λ_max((A S B + (A S B)ᵀ) / 2)   over slopes s_i in [m, M],
///
/// so that no two trajectories of the field separate faster than e^{μ* t}.
///
/// **From above.** With c = (m + M) / 2 and r = (M - m) / 2, the rank-one part of neuron i is c plus at most r times
/// what a_i b_iᵀ and its transpose add, and ±(a b ᵀ + b aᵀ) ⪯ q a aᵀ + b bᵀ / q for every q > 0. So
///
///     μ* ≤ λ_max(c (A B + Bᵀ Aᵀ) / 2 + r (A Q Aᵀ + Bᵀ Q⁻¹ B) / 2)   for every diagonal Q > 0,
///
/// whose least value over Q is looked for. (Of a single neuron it is exact.)
///
/// **From below**, as De Marinis, Guglielmi, Sicilia and Tudisco (2025) look for the extremal S: at an eigenvector x
/// of the largest eigenvalue the best slopes are M where (x·a_i)(b_i·x) > 0 and m elsewhere, which raises the
/// eigenvalue until nothing changes. The greatest is at such a corner, as λ_max is convex in S; that it has been
/// found is not sure.
public struct LogNormBound: Sendable {
  /// At least μ*.
  public let upper: Double
  /// At most μ*.
  public let lower: Double

  /// - Parameter generator: of the slopes that the search from below starts with.
  public init(_ jacobian: LayeredJacobian, generator: RandomGenerator) {
    self.init(jacobian, scales: [], generator: generator)
  }

  /// - Parameter scales: others to try, beside those that make the parts of a neuron alike.
  init(_ jacobian: LayeredJacobian, scales: [SlopeRelaxation], generator: RandomGenerator) {
    let exact = jacobian.with(jacobian.weights.map { $0.detached.to(.float64) })
    upper = ([SlopeRelaxation(exact)] + scales)
      .map { $0.tightened(exact).value(of: exact) }.min()!
    lower = Self.lowerBound(of: exact, generator: generator)
  }

  /// Searches for corners of large eigenvalues.
  private static let searches = 5

  private static func lowerBound(
    of jacobian: LayeredJacobian, generator: RandomGenerator
  ) -> Double {
    withoutGradients {
      let (least, greatest) = (jacobian.slopes.lowerBound, jacobian.slopes.upperBound)
      let outer = jacobian.outer(
        times: .ones(like: jacobian.inner.sliced(0..<1, along: 1)).squeezed(1))
      let count = jacobian.inner.shape[0]
      return (0..<searches).map { search in
        var slopes =
          generator.uniform([count], in: least..<greatest.nextUp, dtype: .float64).like(outer)
        if search == 0 { slopes = .full(greatest, [count], dtype: .float64).like(outer) }
        var found = -Double.infinity
        while true {
          let product = (outer * slopes).matmul(jacobian.inner)
          let (values, vectors) = ((product + product.transposed) / 2).symmetricEigen
          let value = values.max().item
          guard value > found + 1e-12 * abs(value) else { return max(value, found) }
          found = value
          let x = vectors.sliced(count: 1)
          let gain = outer.transposed.matmul(x) * jacobian.inner.matmul(x)
          slopes = (gain.squeezed(1) .> 0).to(.float64) * (greatest - least) + least
        }
      }.max()!
    }
  }
}

extension Tensor {
  /// The last columns of a matrix.
  fileprivate func sliced(count: Int) -> Tensor {
    sliced(shape[1] - count..<shape[1], along: 1)
  }
}
