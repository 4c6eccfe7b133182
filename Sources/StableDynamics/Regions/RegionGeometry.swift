import NeuralNetworks
import Tensors

/// What a trained model says about regions of attraction: its Lyapunov functions, which prescribe
/// them, and its field, which decides them.
public struct RegionGeometry {
  public let lyapunov: LyapunovFunction
  /// f(h), states [N, d].
  public let velocity: (Tensor) -> Tensor
  /// h(0) of images.
  public let initialState: (Tensor) -> Tensor
  public let flow: Flow
  /// ρ: the prescribed region of class i is {W_i < ρ}.
  public let level: Double
  public let search: CounterexampleSearch

  public init(
    lyapunov: LyapunovFunction, velocity: @escaping (Tensor) -> Tensor,
    initialState: @escaping (Tensor) -> Tensor, flow: Flow, level: Double,
    search: CounterexampleSearch
  ) {
    self.lyapunov = lyapunov.detached
    self.velocity = velocity
    self.initialState = initialState
    self.flow = flow
    self.level = level
    self.search = search
  }

  /// V at the boundary of a prescribed region.
  public var boundaryValue: Double { ZubovTransform.value(atLevel: level) }

  /// The least distance between two equilibria.
  public var equilibriumSpacing: Double {
    let c = lyapunov.equilibria.to(.float64)
    let squares = (c.unsqueezed(0) - c.unsqueezed(1)).squared.sum(along: 2)
    let masked = squares + Tensor.identity(c.shape[0], dtype: .float64) * 1e30
    return masked.min().squareRoot.item
  }
}
