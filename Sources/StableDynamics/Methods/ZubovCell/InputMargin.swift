import NeuralNetworks
import Tensors

/// A loss that asks for room in the input around each image, by the local form of Proposition 6's
/// bound at h(0): with q = ln V_o - ln V_y, o the nearest other class,
///
///     mean softplus(k (m - q / ||∇_x q||_1)).
///
/// To first order q / ||∇_x q||_1 is the distance in L-infinity at which V's decision changes. It is
/// about φ and V alone; a flow that is aligned with V changes no decision.
public struct InputMargin: Sendable {
  public struct Settings: Codable, Sendable, Hashable {
    /// The weight of the loss; 0 leaves it out.
    public var weight: Double
    /// m, in units of the input.
    public var target = 0.12
    /// k.
    public var sharpness = 20.0

    public init(weight: Double) { self.weight = weight }

    public static let notes: SettingNotes = [
      "weight": .init("of the input margin at h(0); 0 leaves it out", .weight),
      "target": .init("m of softplus(k (m - margin)), in units of the input", .weight),
      "sharpness": .init("k", .positive),
    ]
  }

  public let settings: Settings

  public init(_ settings: Settings) { self.settings = settings }

  /// The loss and the mean margin.
  ///
  /// The norm is differentiated without a second derivative of V: with signs s = sign(∇_x q) and
  /// t = J_φ s it is ∇q · t, so its change by φ's parameters is that of ||J_φᵀ u||_1 at a constant
  /// u = ∇q, and its change by h and V's parameters that of the directional derivative of q along a
  /// constant t.
  ///
  /// - Parameters:
  ///   - images: a leaf, [N, ...], from which `features` [N, d] were recorded.
  package func evaluate(
    images: Tensor, features: Tensor, lyapunov: LyapunovFunction, labels: Tensor
  ) -> (loss: Tensor, margin: Tensor) {
    let rival = withoutGradients {
      (lyapunov.values(at: features) + labels.oneHot(lyapunov.classCount).like(features) * 1e30)
        .argMin(along: 1)
    }
    /// q and ∇q · tangents.
    func logRatio(_ h: Tensor, along tangents: Tensor) -> (value: Tensor, derivative: Tensor) {
      let (own, other) = lyapunov.pairedRates(
        at: h, velocities: tangents, first: labels, second: rival)
      return (
        (other.value / own.value).log,
        other.derivative / other.value - own.derivative / own.value
      )
    }
    let probe = Tensor.zeros(like: features).differentiable()
    let slope = gradient(
      of: logRatio(features.detached, along: probe).derivative.sum(), wrt: [probe])[0]
      .differentiable()
    let norm = gradient(of: features, wrt: [images], seed: slope, recording: true)[0]
      .flattened(from: 1).magnitude.sum(along: 1)
    let tangents = gradient(of: norm.sum(), wrt: [slope], retaining: true)[0]
    let (value, derivative) = logRatio(features, along: tangents)
    let margin = value / (norm.maximum(1e-12) + derivative - derivative.detached)
    return (
      ((settings.target - margin) * settings.sharpness).softplus.mean(), margin.detached.mean()
    )
  }
}
