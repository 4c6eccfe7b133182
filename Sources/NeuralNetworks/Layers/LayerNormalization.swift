import Tensors

/// Features moved onto (nearly) a sphere: `(h - mean) / √(var + ε) · radius / √d` along the last
/// axis of extent d, with the biased variance and no parameters, so that ‖result‖ ≈ radius.
public struct LayerNormalization: Sendable, Hashable {
  /// Norm of the result, up to ε.
  public let radius: Double
  /// Added to the variance.
  public let epsilon: Double

  /// Normalisation to the given radius.
  ///
  /// - Precondition: the radius is above 0, ε at least 0.
  public init(radius: Double, epsilon: Double = 1e-5) {
    precondition(radius > 0 && epsilon >= 0, "LayerNormalization: radius \(radius), ε \(epsilon)")
    self.radius = radius
    self.epsilon = epsilon
  }

  /// h [..., d] moved onto the sphere.
  public func callAsFunction(_ h: Tensor) -> Tensor {
    h.layerNormalized(epsilon: epsilon) * (radius / Double(h.shape[h.rank - 1]).squareRoot())
  }

  /// √(var + ε) of features h [..., d].
  public func deviations(_ h: Tensor) -> Tensor {
    let axis = h.rank - 1
    let centered = h - h.mean(along: axis, keeping: true)
    return (centered.squared.mean(along: axis) + epsilon).squareRoot
  }
}
