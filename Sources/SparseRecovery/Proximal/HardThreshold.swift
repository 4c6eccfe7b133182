import Tensors

extension Tensor {
  /// The proximal operator of μ·[z ≠ 0], elementwise: d where |d| > √(2μ), else 0.
  ///
  /// Keeping an element costs μ and dropping it ½d², so it is kept where ½d² > μ.
  ///
  /// - Parameter threshold: μ ≥ 0, of a shape that spreads over this one.
  public func hardThresholded(by threshold: Tensor) -> Tensor {
    Tensor.select(squared .> threshold * 2, self, .zeros(like: self))
  }
}

/// ‖x‖₀, the number of elements that are not 0.
public struct L0Count: ProximalFunction {
  public init() {}

  public func callAsFunction(_ x: Tensor) -> Tensor { (x .!= 0).to(x.dtype).columnSums }
  public func prox(_ x: Tensor, step: Tensor) -> Tensor { x.hardThresholded(by: step) }
}
