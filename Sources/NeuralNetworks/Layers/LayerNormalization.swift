import Tensors

/// Features moved onto (nearly) a sphere: `(h - mean) / √(var + ε) · radius / √d` along the last
/// axis of extent d, with the biased variance and no parameters, so that ‖result‖ ≈ radius.
public struct LayerNormalization: Sendable, Hashable {
  public let radius: Double
  public let epsilon: Double

  public init(radius: Double, epsilon: Double = 1e-5) {
    precondition(radius > 0 && epsilon >= 0, "LayerNormalization: radius \(radius), ε \(epsilon)")
    self.radius = radius
    self.epsilon = epsilon
  }

  public func callAsFunction(_ h: Tensor) -> Tensor {
    h.layerNormalized(epsilon: epsilon) * (radius / Double(h.shape[h.rank - 1]).squareRoot())
  }
}
