import NeuralNetworks
import StableDynamics
import Tensors

/// A field whose component up a Lyapunov function is taken out, so that V falls along it at least
/// as fast as e^{-at} (Manek and Kolter 2019, eq. 9): with f̂ free,
///
///     f(h) = f̂(h) - ∇V(h) max(0, ∇V(h) · f̂(h) + a V(h)) / ||∇V(h)||²,
///
/// the nearest vector to f̂(h) with ∇V · f ≤ -a V. It is f̂(h) where that satisfies it. The guarantee
/// is one of continuous time: a solver keeps it up to its error.
public struct ProjectedField: Field {
  /// f̂.
  public let nominal: any Field
  public let lyapunov: OriginLyapunov
  /// a ≥ 0.
  public let rate: Double

  public init(nominal: any Field, lyapunov: OriginLyapunov, rate: Double) {
    self.nominal = nominal
    self.lyapunov = lyapunov
    self.rate = rate
  }

  public var state: ModuleState { nominal.state + lyapunov.network.state.prefixed("lyapunov") }

  /// f(h) at states [N, d], recorded, once differentiable with respect to the states and the
  /// parameters.
  public func callAsFunction(_ h: Tensor) -> Tensor {
    lyapunov.descending(nominal(h), at: h, rate: rate)
  }
}

extension OriginLyapunov {
  /// The least ||∇V||² that is divided by. Below it, which is near the equilibrium alone, only a
  /// part of the correction is made; where ∇V = 0 there is none.
  static let smallestSquare = 1e-12

  /// The nearest velocities [N, d] to the given ones along which dV/dt ≤ -a V at states [N, d], recorded:
  /// ∇V is in closed form, so that no second-order graph is built.
  func descending(_ velocity: Tensor, at h: Tensor, rate: Double) -> Tensor {
    let (value, slope) = valuesAndGradients(at: h)
    let excess = (slope * velocity).sum(along: 1, keeping: true) + value * rate
    let square = slope.squared.sum(along: 1, keeping: true).maximum(Self.smallestSquare)
    return velocity - slope * (excess.relu / square)
  }
}
