import Tensors

/// How large features are, and how far those that floating point computes may be from those of exact
/// arithmetic with the same weights, both in the Euclidean norm and for every input of a set.
///
/// The standard model: each operation errs by a factor of 1 + ε, |ε| ≤ u (underflow aside), and a sum
/// of n products, in any order, fused or not, by at most γ_n Σ|a_i b_i|, γ_n = n u / (1 - n u)
/// (Higham 2002, section 3.1). So with A the matrix of magnitudes |U_ij|,
///
///     ‖fl(x U) - x U‖ ≤ γ_n ‖x‖ ‖A‖.
public struct RoundedFeatures: Hashable, Sendable {
  /// A bound of ‖x‖ as computed.
  public var norm: Double
  /// A bound of ‖x computed - x exact‖.
  public var error: Double
  /// Pixels of the maps, at each of which a bias counts; 1 for vectors.
  public var pixels: Int

  public init(norm: Double, error: Double = 0, pixels: Int = 1) {
    self.norm = norm
    self.error = error
    self.pixels = pixels
  }

  /// After a map of the Lipschitz constant `bound` that errs by `own` and gives at most `norm`.
  public func mapped(lipschitzBound bound: Double, norm: Double, own: Double) -> RoundedFeatures {
    RoundedFeatures(norm: norm + own, error: bound * error + own, pixels: pixels)
  }
}

extension DType {
  /// u, the largest relative error of a rounded number.
  public var unitRoundoff: Double {
    switch self {
    case .bfloat16: return 0x1p-8
    case .float32: return 0x1p-24
    case .float64: return 0x1p-53
    case .int64, .uint8, .bool: preconditionFailure("unitRoundoff of \(self)")
    }
  }

  /// γ_n, of a sum of n products; infinite where it promises nothing.
  public func sumError(_ n: Int) -> Double {
    let share = Double(n) * unitRoundoff
    return share < 1 ? share / (1 - share) : .infinity
  }
}

extension Tensor {
  /// A bound of the spectral norm of the matrix of magnitudes of each matrix [..., m, n], the largest
  /// of them: √(‖A‖₁ ‖A‖_∞).
  var magnitudeNormBound: Double {
    withoutGradients {
      let a = detached.to(.float64).magnitude
      let rows = a.sum(along: a.rank - 1).max().item, columns = a.sum(along: a.rank - 2).max().item
      return (rows * columns).squareRoot() * (1 + 1e-9)
    }
  }
}
