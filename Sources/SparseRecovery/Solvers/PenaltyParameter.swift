/// How the penalty parameter ρ of the alternating direction method is chosen. Data are scaled, so
/// ρ has no unit.
public enum PenaltyParameter: Sendable, Hashable {
  case fixed(Double)
  /// Multiplied by `factor` every `every` iterations until `limit`. A small ρ lets the support
  /// change, a large one ends the changes; the certified value is too large to start with.
  case growing(from: Double, factor: Double = 1.13, every: Int = 20, limit: Double)
  /// 1.01 √2 ‖A‖₂², above the bound from which the augmented Lagrangian decreases.
  case certified
  /// Doubled where ‖x - z‖ is 10 times the step of z and halved where it is a tenth, for convex
  /// penalties: residual balancing (Boyd et al. 2011, §3.4.1) with the dual residual taken
  /// relative to ρ, as the primal one is (Wohlberg 2017).
  case balanced(from: Double)

  /// √2 ‖A‖₂²: above it, each iteration of the two-block method lowers the augmented Lagrangian.
  ///
  /// With f = ½‖Ax - b‖² and L = ‖A‖₂², optimality of the x-step gives ρw = -∇f(x), so that
  /// ρ‖Δw‖ ≤ L‖Δx‖. The x-step lowers the Lagrangian by at least ρ/2 ‖Δx‖² and the dual step raises
  /// it by at most L²/ρ ‖Δx‖². With the Kurdyka–Łojasiewicz property, which semi-algebraic functions
  /// have, a bounded sequence then converges to a stationary point, and at a linear rate where the
  /// exponent is ½. The method with a separate denominator has two multipliers of which only the
  /// sum is tied to ∇f: no complete proof is known to us.
  public static func bound(for matrix: FactoredMatrix) -> Double {
    2.0.squareRoot() * matrix.squaredNorm
  }

  /// 1.01 times `bound(for:)`, the ρ of `certified`.
  public static func certifiedValue(for matrix: FactoredMatrix) -> Double {
    1.01 * bound(for: matrix)
  }

  func start(for matrix: FactoredMatrix) -> Double {
    switch self {
    case .fixed(let rho), .growing(let rho, _, _, _), .balanced(let rho): rho
    case .certified: Self.certifiedValue(for: matrix)
    }
  }

  /// The values that work for a problem on scaled data.
  static func standard(
    _ penalty: SparsePenalty, _ fidelity: DataFidelity, weight: Double, matrix: FactoredMatrix
  ) -> PenaltyParameter {
    switch (penalty, fidelity) {
    case (.l1, .regularized), (.l1MinusL2, .regularized): .balanced(from: 1)
    case (.l1, _), (.l1MinusL2, _): .fixed(10)
    case (_, .regularized):
      .growing(from: max(10 * weight, 0.02), limit: certifiedValue(for: matrix))
    case (_, _): .growing(from: 100, limit: 1e7)
    }
  }
}
