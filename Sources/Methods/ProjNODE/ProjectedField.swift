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
///
/// It holds for any f̂, so also for one that slows down where it climbs: with a speed limit β > 0, f̂ is
/// divided by 1 + max(0, f̂ · n) / β, n = ∇V / ||∇V||, and its speed up V stays below β. Without one f
/// is stiff in a thin layer around g(h) = g(0), where level sets of V bend sharply and f̂ pushes against
/// them: states slide along the level set at the rate (f̂ · n) times its curvature.
public struct ProjectedField: Field {
  /// f̂.
  public let nominal: any Field
  /// V, along which f falls.
  public let lyapunov: OriginLyapunov
  /// a ≥ 0.
  public let rate: Double
  /// β; 0 for none.
  public let speedLimit: Double

  /// Creates a field in which V falls at least as fast as e^{-at}.
  ///
  /// - Parameters:
  ///   - nominal: f̂, any field.
  ///   - rate: a ≥ 0.
  ///   - speedLimit: β; 0 for none.
  public init(
    nominal: any Field, lyapunov: OriginLyapunov, rate: Double, speedLimit: Double = 0
  ) {
    self.nominal = nominal
    self.lyapunov = lyapunov
    self.rate = rate
    self.speedLimit = speedLimit
  }

  public var state: ModuleState { nominal.state + lyapunov.network.state.prefixed("lyapunov") }

  /// f(h) at states [N, d], recorded, once differentiable with respect to the states and the
  /// parameters.
  public func callAsFunction(_ h: Tensor) -> Tensor {
    lyapunov.descending(nominal(h), at: h, rate: rate, speedLimit: speedLimit)
  }
}

extension OriginLyapunov {
  /// The least ||∇V||² that is divided by. Below it, which is near the equilibrium alone, only a
  /// part of the correction is made; where ∇V = 0 there is none.
  static let smallestSquare = 1e-12

  /// The nearest velocities [N, d] to the given ones along which dV/dt ≤ -a V at states [N, d], recorded:
  /// ∇V is in closed form, so that no second-order graph is built.
  ///
  /// - Parameter speedLimit: that of `ProjectedField`, 0 for none.
  func descending(
    _ velocity: Tensor, at h: Tensor, rate: Double, speedLimit: Double = 0
  ) -> Tensor {
    let (value, slope) = valuesAndGradients(at: h)
    let square = slope.squared.sum(along: 1, keeping: true).maximum(Self.smallestSquare)
    var velocity = velocity
    if speedLimit > 0 {
      let climb = (slope * velocity).sum(along: 1, keeping: true).relu
      // Not 1 / (1 + climb / limit), whose derivative overflows where the limit is very low.
      let limit = square.squareRoot * speedLimit
      velocity = velocity * (limit / (limit + climb))
    }
    let excess = (slope * velocity).sum(along: 1, keeping: true) + value * rate
    return velocity - slope * (excess.relu / square)
  }
}
