import Tensors

/// N(x) = Σ|x_i|^½ = ‖x‖_½^½; its proximal operator is the half threshold.
public struct LHalfQuasinorm: ProximalFunction {
  public init() {}

  public func callAsFunction(_ x: Tensor) -> Tensor { x.magnitude.squareRoot.columnSums }
  public func prox(_ x: Tensor, step: Tensor) -> Tensor { x.halfThresholded(by: step) }
}

extension Tensor {
  /// The proximal operator of μ|z|^½, elementwise: the minimiser of ½(z - d)² + μ|z|^½, which is 0
  /// where |d| ≤ T = 3/2 μ^⅔ and otherwise
  ///
  ///     ⅔ d (1 + cos(⅔π - ⅔φ)),   φ = arccos(μ/4 (|d|/3)^-³ᐟ²)
  ///
  /// Xu, Chang, Xu, Zhang, "L1/2 regularization: a thresholding representation theory and a fast
  /// solver", 2012, who minimise (z - d)² + λ|z|^½: λ = 2μ. Just above T the value is ⅔T, so that
  /// every element kept is at least μ^⅔ in size.
  ///
  /// - Parameter threshold: μ ≥ 0, of a shape that spreads over this one.
  public func halfThresholded(by threshold: Tensor) -> Tensor {
    let size = magnitude
    let isKept = size .> threshold.power(2.0 / 3) * 1.5
    // Elements that are not kept are evaluated at 1, so that no NaN arises.
    let safe = Tensor.select(isKept, size, .ones(like: size))
    let cosine = (threshold / 4 * (safe / 3).power(-1.5)).minimum(1)
    let angle = (Double.pi - cosine.acos) * (2.0 / 3)
    return Tensor.select(isKept, self * (angle.cos + 1) * (2.0 / 3), .zeros(like: self))
  }
}
