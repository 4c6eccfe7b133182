import Tensors

/// Zubov's equation for cell-wise functions, with Φ_i = μ W_i:
///
///     dW_i/dh · f + μ W_i (1 - W_i) = 0   in the cell of class i.
///
/// Exactly one equation holds at each state. It says that d/dt logit W_i = -μ along trajectories:
/// from W < 1 a trajectory approaches c_i and never leaves the cell. A field that solves it
/// everywhere thus has the cells as its basins, and changes no decision.
public struct CellEquation: Sendable, Hashable {
  /// μ > 0.
  public let speed: Double

  /// Creates the equation of a rate μ > 0.
  public init(speed: Double) { self.speed = speed }

  /// dW/dh · f + μ W (1 - W), [N].
  public func residual(_ rate: CellFunction.Rate) -> Tensor {
    rate.derivative + Self.decay(rate) * speed
  }

  /// The residual over μ (W (1 - W + 0.05) + 0.001), [N]. At the equilibrium and at the boundary,
  /// where W (1 - W) is 0, the summands keep it finite.
  public func relativeResidual(_ rate: CellFunction.Rate) -> Tensor {
    residual(rate) / (Self.scale(rate) * speed)
  }

  /// Huber's function of the relative residual, [N]: r²/2 up to |r| = 1, |r| - 1/2 beyond.
  public func violation(_ rate: CellFunction.Rate) -> Tensor { Self.huber(relativeResidual(rate)) }

  package static func huber(_ residual: Tensor) -> Tensor {
    let size = residual.magnitude
    let core = size.minimum(1)
    return core.squared * 0.5 + (size - core)
  }

  /// The equation that a field comes closest to on the given states: 1/μ by least squares of the
  /// relative residual. No faster than 100, which stands for fields that do not approach at all.
  public static func fitted(to rate: CellFunction.Rate) -> CellEquation {
    let scale = scale(rate)
    let (derivative, decay) = (rate.derivative / scale, decay(rate) / scale)
    let inverse = -((derivative * decay).sum() / derivative.squared.sum().maximum(1e-30)).item
    return CellEquation(speed: 1 / max(inverse, 0.01))
  }

  private static func decay(_ rate: CellFunction.Rate) -> Tensor { rate.value * (1 - rate.value) }
  private static func scale(_ rate: CellFunction.Rate) -> Tensor {
    rate.value * (1.05 - rate.value) + 0.001
  }

  /// States of large residual: three steps of normalised ascent on its square, each a twentieth of
  /// the equilibria's spacing, from `points` [N, d]; constants.
  public func counterexamples(
    from points: Tensor, of function: CellFunction, velocity: (Tensor) -> Tensor
  ) -> Tensor {
    let length = 0.05 * function.lyapunov.equilibriumSpacing
    return (0..<3).reduce(points.detached) { current, _ in
      let leaf = current.differentiable()
      let ascent = withGradients {
        let rate = function.rates(at: leaf, velocities: velocity(leaf))
        return gradient(of: relativeResidual(rate).squared.sum(), wrt: [leaf])[0]
      }
      return current + ascent / ascent.norm(along: 1, keeping: true).maximum(1e-30) * length
    }
  }
}
