import Tensors

/// Hutchinson's estimate (1990) of the squared Frobenius norm of Jacobians J that are known by products alone, and
/// of their diagonals by the same products:
///
///     ‖J‖_F² = E ‖J v‖²,   J_ii = E v_i (J v)_i   for random signs v, as E v vᵀ = I.
///
/// Without bias. With G = Jᵀ J the variance of the norm by one probe is 2 Σ_{i ≠ j} G_ij²: nothing for orthogonal columns, and
/// of the size of the square itself where one direction has all of the norm. It falls with the number of probes.
/// Asking for a small norm in this way favours Jacobians of low rank, whose directions are few.
public enum HutchinsonEstimate {
  /// Signs for so many probes of states [N, d].
  public static func probes(_ count: Int, like h: Tensor, generator: RandomGenerator) -> [Tensor] {
    (0..<count).map { _ in
      let coins = generator.uniform(h.shape, dtype: h.dtype) .< 0.5
      return (coins.to(h.dtype) * 2 - 1).to(h.device)
    }
  }

  /// The mean of ‖J v‖² over probes, for each state, [N], recorded.
  ///
  /// - Parameter product: J v of probes [N, d], row by row.
  public static func squaredNorm(
    probes: [Tensor], product: (Tensor) -> Tensor
  ) -> Tensor {
    precondition(!probes.isEmpty, "an estimate without probes")
    let squares = probes.map { product($0).squared.sum(along: 1) }
    return squares.dropFirst().reduce(squares[0], +) / Double(probes.count)
  }

  /// The mean of v ⊙ J v over probes, for each state, [N, d], recorded: an estimate of the diagonal of J
  /// without bias, as E v vᵀ = I (Bekas, Kokiopoulou, Saad 2007).
  ///
  /// The variance of one probe is Σ_{j ≠ i} J_ij², nothing where J is diagonal. What is not linear in the
  /// diagonal, such as its exponential, is estimated with a bias that falls with the number of probes.
  ///
  /// - Parameter product: J v of probes [N, d], row by row.
  public static func diagonal(probes: [Tensor], product: (Tensor) -> Tensor) -> Tensor {
    precondition(!probes.isEmpty, "an estimate without probes")
    let products = probes.map { $0 * product($0) }
    return products.dropFirst().reduce(products[0], +) / Double(probes.count)
  }

  /// The variance of the estimate by one probe, of a Jacobian [d, d].
  public static func variance(of jacobian: Tensor) -> Double {
    withoutGradients {
      let gram = jacobian.transposed.matmul(jacobian)
      let apart = gram * (1 - Tensor.identity(gram.shape[0]).like(gram))
      return 2 * apart.squared.sum().item
    }
  }

  /// The variance of the estimate of the diagonal by one probe, of a Jacobian [d, d], [d].
  public static func diagonalVariance(of jacobian: Tensor) -> Tensor {
    withoutGradients {
      let apart = jacobian * (1 - Tensor.identity(jacobian.shape[0]).like(jacobian))
      return apart.squared.sum(along: 1)
    }
  }
}
