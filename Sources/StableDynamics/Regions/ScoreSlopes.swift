import NeuralNetworks
import Tensors

/// Upper bounds of the Lipschitz constants, as functions of the state h(T), of the differences
/// z_i - z_j of scores. Only differences decide; what all scores have in common does not count.
public struct ScoreSlopes: Sendable {
  /// [L][L], 0 on the diagonal.
  public let bounds: [[Double]]

  /// The scores W h + b: ‖w_i - w_j‖.
  ///
  /// - Parameter weight: W [L, d].
  public init(weight: Tensor) {
    self.init(distances: Self.distances(weight))
  }

  /// The scores -V_i of Lyapunov functions. With p the learned part and G_i a bound of its slope,
  ///
  ///     V_j - V_i = p_j - p_i + δ (‖h - c_j‖² - ‖h - c_i‖²),
  ///
  /// in which the squares of h cancel, so that the slope is at most G_i + G_j + 2δ ‖c_i - c_j‖
  /// everywhere.
  public init(_ lyapunov: LyapunovFunction) {
    let slopes = lyapunov.learnedSlopeBounds
    let apart = Self.distances(lyapunov.equilibria)
    self.init(
      distances: apart.indices.map { i in
        apart.indices.map { j in
          i == j ? 0 : slopes[i] + slopes[j] + 2 * lyapunov.quadraticWeight * apart[i][j]
        }
      })
  }

  private init(distances: [[Double]]) {
    // Raised by what their own rounding may have taken away.
    bounds = distances.map { $0.map { $0 * (1 + 1e-9) } }
  }

  /// ‖r_i - r_j‖ of the rows of a matrix.
  private static func distances(_ matrix: Tensor) -> [[Double]] {
    withoutGradients {
      let rows = matrix.detached.to(.float64)
      return (0..<rows.shape[0]).map { (rows - rows[$0]).norm(along: 1).doubles }
    }
  }
}
