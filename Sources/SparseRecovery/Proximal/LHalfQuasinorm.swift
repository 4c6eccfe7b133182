import Tensors

/// N(x) = Σ|x_i|^½ = ‖x‖_½^½; its proximal operator is the half threshold.
public struct LHalfQuasinorm: ProximalFunction {
  public init() {}

  public func callAsFunction(_ x: Tensor) -> Tensor { x.magnitude.squareRoot.columnSums }
  public func prox(_ x: Tensor, step: Tensor) -> Tensor { x.halfThresholded(by: step) }
}
