import Tensors

/// How far a field is from satisfying Zubov's equation in the region of a point's own class.
public struct ConsistencyLoss: Sendable {
  /// Whether dW/dt may fall faster than Zubov's equation says (Table V, "Ineq").
  public enum Relation: String, Codable, Sendable, CaseIterable { case equality, inequality }

  /// Whether a residual below 0 counts, as in an equation, or not, as in an inequality.
  public var relation: Relation

  /// Creates the loss of Zubov's equation, or of the inequality.
  public init(relation: Relation = .equality) { self.relation = relation }

  /// Zubov's residual dW_i/dh · f + Φ_i (1 - W_i) = e^{-V_i} (dV_i/dh · f + Φ_i), with
  /// Φ_i = ||h - c_i||². The paper prints Φ = ||h||_A², the distance to the nearest equilibrium;
  /// Lemma 1 needs a function that is positive definite for the class's own.
  public static func residual(_ rate: LyapunovFunction.Rate) -> Tensor {
    (-rate.value).exp * (rate.derivative + rate.squaredDistance)
  }

  /// (dV_i/dh · f + Φ_i) / Φ_i, which a saturated W cannot hide: far away e^{-V} makes the
  /// absolute residual small whatever the field does.
  public static func relativeResidual(_ rate: LyapunovFunction.Rate) -> Tensor {
    // At the equilibrium itself both are 0.
    (rate.derivative + rate.squaredDistance) / rate.squaredDistance.maximum(1e-30)
  }

  /// l_con at each point [N] (section III-B): the squared residual.
  public func pointwise(_ rate: LyapunovFunction.Rate) -> Tensor {
    let residual = Self.residual(rate)
    return (relation == .inequality ? residual.relu : residual).squared
  }
}
