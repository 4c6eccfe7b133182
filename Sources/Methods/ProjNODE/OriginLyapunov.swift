import NeuralNetworks
import Tensors

/// The Lyapunov function of one equilibrium at the origin (Manek and Kolter 2019),
///
///     V(h) = s(g(h) - g(0)) + ε ||h||²,
///
/// with g convex and s the smoothed ReLU (0; t²/2w; t - w/2): convex, V(0) = 0, V ≥ ε ||h||², and
/// ∇V = 0 at the origin alone, where both are exactly 0 on any machine. This is a snapshot of the
/// parameters of one step: the network is evaluated at the origin once, however many states follow.
/// (Their code does so once and for all when the model is made, after which V(0) drifts away from 0.)
public struct OriginLyapunov: Sendable {
  /// g.
  public let network: ScalarConvexNetwork
  /// The network at h = 0.
  let origin: ScalarConvexNetwork.Origin
  /// ε > 0.
  public let quadraticWeight: Double
  /// w > 0, the width of the parabola in s.
  public let smoothing: Double

  /// Creates V, and evaluates the network at the origin.
  ///
  /// - Parameters:
  ///   - quadraticWeight: ε > 0.
  ///   - smoothing: w > 0.
  public init(network: ScalarConvexNetwork, quadraticWeight: Double, smoothing: Double) {
    self.network = network
    self.quadraticWeight = quadraticWeight
    self.smoothing = smoothing
    origin = network.origin
  }

  /// V(h) [N, 1] and ∇V(h) [N, d] at states [N, d], recorded, once differentiable with respect to
  /// the states and the parameters.
  public func valuesAndGradients(at h: Tensor) -> (values: Tensor, gradients: Tensor) {
    let (excess, slope) = network.risesAndGradients(at: h, above: origin)
    let step = excess.clamped(to: 0...smoothing) / smoothing
    // s(t) = s'(t) (t - w s'(t) / 2).
    return (
      step * (excess - step * (smoothing / 2))
        + h.squared.sum(along: 1, keeping: true) * quadraticWeight,
      slope * step + h * (2 * quadraticWeight)
    )
  }
}
