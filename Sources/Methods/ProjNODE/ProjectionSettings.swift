import NeuralNetworks
import Settings
import StableDynamics
import Tensors

extension ProjNODEMethod.Settings {
  /// The Lyapunov function that a field is projected by.
  public struct Lyapunov: Codable, Sendable {
    @Setting("widths of the convex network g; the last is 1", .width)
    public var sizes: [Int]
    @Setting("ε of V = s(g - g(0)) + ε|h|² (code: 0.01)", .positive)
    public var quadraticWeight = 0.01
    @Setting("width of the parabola in s, the smoothed ReLU (code: 1)", .positive)
    public var smoothing = 1.0
    @Setting("a of dV/dt <= -a V (code: 0.01); greater contracts more", .weight)
    public var rate = 0.01

    /// For states of d dimensions: two hidden layers as wide, or of 32 units.
    init(dimension: Int) {
      let inner = max(dimension, 32)
      sizes = [inner, inner, 1]
    }

    func validate() throws {
      try SettingsError.require(
        sizes.last == 1, "lyapunov.sizes", "positive widths, the last of them 1", sizes)
    }
  }

  /// The classifier of h(T), without bias.
  public enum Head: String, Codable, Sendable, CaseIterable {
    /// Rows stay orthonormal.
    case orthogonal
    case linear

    static let note =
      "orthogonal (rows stay orthonormal, after LyaDEQ) or linear, both without bias"

    func layer(
      inputs: Int, outputs: Int, generator: RandomGenerator, dtype: DType, device: Device
    ) -> Linear {
      guard self == .orthogonal else {
        return Linear(
          inputs: inputs, outputs: outputs, hasBias: false, generator: generator, dtype: dtype,
          device: device)
      }
      let drawn = generator.normal([outputs, inputs], dtype: .float64)
      return Linear(
        weight: drawn.nearestOrthonormal(iterations: 60).to(dtype).to(device).differentiable())
    }

    /// Brings the rows of a layer back to orthonormal ones, where they are to be.
    func restore(_ layer: Linear) {
      guard self == .orthogonal else { return }
      layer.weight.assign(layer.weight.detached.nearestOrthonormal(iterations: 6))
    }
  }
}

extension OriginLyapunov {
  init(network: ScalarConvexNetwork, _ settings: ProjNODEMethod.Settings.Lyapunov) {
    self.init(
      network: network, quadraticWeight: settings.quadraticWeight, smoothing: settings.smoothing)
  }
}
