import StableDynamics
import Tensors

extension VoronoiCells {
  /// V_i = ‖h - c_i‖² as the Lyapunov functions of other methods are written: with a learned part that
  /// is constant, as all of its weights are 0.
  public var lyapunov: LyapunovFunction {
    let (count, dimension) = (centers.shape[0], centers.shape[1])
    func zeros(_ shape: [Int]) -> Tensor {
      .zeros(shape, dtype: centers.dtype, device: centers.device)
    }
    return LyapunovFunction(
      networks: ClassConvexNetworks(layers: [
        .init(hidden: nil, input: zeros([count, 1, dimension]), bias: zeros([count, 1]))
      ]),
      equilibria: centers, quadraticWeight: 1)
  }
}
