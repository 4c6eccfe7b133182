import Tensors

/// What is minimised to make a solution sparse.
public enum SparsePenalty: String, Sendable, CaseIterable, Codable {
  /// Σ|x_i|: basis pursuit and Lasso.
  case l1
  /// ‖x‖₁ - ‖x‖₂.
  case l1MinusL2 = "l1-l2"
  /// ‖x‖₁ / ‖x‖₂.
  case l1OverL2 = "l1/l2"
  /// Σ|x_i|^½.
  case lHalf = "lhalf"
  /// Σ|x_i|^½ / ‖x‖₂^½, the default.
  case lHalfOverL2 = "lhalf/l2"

  var isHalf: Bool { self == .lHalf || self == .lHalfOverL2 }
  var isRatio: Bool { self == .l1OverL2 || self == .lHalfOverL2 }

  /// The function with its proximal operator.
  public var function: any ProximalFunction {
    switch self {
    case .l1: L1Norm()
    case .l1MinusL2: L1MinusL2()
    case .l1OverL2: RatioPenalty(.one)
    case .lHalf: LHalfQuasinorm()
    case .lHalfOverL2: RatioPenalty(.half)
    }
  }

  /// The power of s in P(sx) = s^degree P(x), s > 0.
  var degree: Double {
    switch self {
    case .l1, .l1MinusL2: 1
    case .lHalf: 0.5
    case .l1OverL2, .lHalfOverL2: 0
    }
  }

  /// The power of s by which λ grows with data scaled by s, so that the minimiser is scaled by s:
  /// ½‖Ax - b‖² has degree 2.
  var weightDegree: Double { 2 - degree }
}
