import NeuralNetworks
import Tensors

/// Matrices that are near one: all C + E with ‖E‖ ≤ ρ in the spectral norm.
public struct JacobianBall: Sendable {
  /// C, [d, d] in float64.
  public let center: Tensor
  /// ρ.
  public let radius: Double

  /// Creates the ball around a matrix [d, d], which is kept in float64 and cut off from the graph.
  public init(center: Tensor, radius: Double) {
    self.center = center.detached.to(.float64)
    self.radius = radius
  }

  /// Around W_2 S W_0 for all diagonal S with slopes in the given range.
  ///
  /// With the middle m and half the width w of the range, S = m I + w D with |D_i| ≤ 1, so
  /// C = m W_2 W_0 and ρ = w max_D ‖W_2 D W_0‖ ≤ w ‖W_2 T⁻¹‖ ‖T W_0‖ for every diagonal T > 0, which
  /// passes through D. Both T = I and the T that makes the two factors' neurons alike are tried. (For
  /// slopes in [0, 1] and T = I this is the bound of Combettes and Pesquet 2020.)
  ///
  /// - Parameters:
  ///   - first: W_0 [n, d].
  ///   - second: W_2 [d, n].
  public init(first: Tensor, second: Tensor, slopes: ClosedRange<Double>) {
    let (w0, w2) = (first.detached.to(.float64), second.detached.to(.float64))
    let middle = (slopes.lowerBound + slopes.upperBound) / 2
    let halfWidth = (slopes.upperBound - slopes.lowerBound) / 2
    let scales = (w2.norm(along: 0).maximum(1e-12) / w0.norm(along: 1).maximum(1e-12)).squareRoot
    func product(_ t: Tensor) -> Double {
      (w2 / t.unsqueezed(0)).spectralNormBounds.item
        * (w0 * t.unsqueezed(1)).spectralNormBounds.item
    }
    self.init(
      center: w2.matmul(w0) * middle,
      radius: halfWidth * min(product(.ones(like: scales)), product(scales)))
  }

  /// An upper bound of the norm of all its matrices.
  public var normBound: Double { center.spectralNormBounds.item + radius }
}

/// A field whose Jacobians, at every state, lie in a known ball of matrices.
///
/// A function g with Jacobians in a ball satisfies g(x) - g(y) = J (x - y) with a J in the ball: the
/// mean of its Jacobians from y to x, and balls are convex. What holds for products and sums of
/// matrices of a ball holds so for differences of trajectories.
public protocol JacobianBounded: Field {
  /// A ball that has the Jacobians of all states in it.
  var jacobianBall: JacobianBall { get }
}

extension TanhField: JacobianBounded {
  public var jacobianBall: JacobianBall {
    JacobianBall(first: first.weight, second: second.weight, slopes: Activation.tanh.slopes)
  }
}

extension PerceptronField: JacobianBounded {
  public var jacobianBall: JacobianBall {
    JacobianBall(first: first.weight, second: second.weight, slopes: activation.slopes)
  }
}
