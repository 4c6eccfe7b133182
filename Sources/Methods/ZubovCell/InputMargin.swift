import NeuralNetworks
import Settings
import StableDynamics
import Tensors

/// A loss that asks for room in the input around each image, by the local form of Proposition 6's
/// bound at h(0): with q = ln V_o - ln V_y, o the nearest other class,
///
///     mean softplus(k (m - q / ||∇_x q||_1)).
///
/// To first order q / ||∇_x q||_1 is the distance in L-infinity at which V's decision changes. It is
/// about φ and V alone; a flow that is aligned with V changes no decision.
public struct InputMargin: Sendable {
  /// Which margin is wanted, and how it is computed.
  public struct Settings: Codable, Sendable, Hashable {
    @Setting("of the input margin at h(0); 0 leaves it out", .weight)
    public var weight: Double
    @Setting("m of softplus(k (m - margin)), in units of the input", .weight)
    public var target = 0.12
    @Setting("k", .positive)
    public var sharpness = 20.0
    @Setting("exact, or difference: of φ at images moved by ε, at a fraction of the time")
    public var form = Form.exact
    @Setting("ε of the difference, in units of the input", .positive(upTo: 1))
    public var length = 0.01
    @Setting("taken in every so many steps, with so many times the weight", .integers(1...1000))
    public var every = 1

    public init(weight: Double) { self.weight = weight }
  }

  /// How the norm is differentiated.
  public enum Form: String, Codable, Sendable, CaseIterable {
    /// By second derivatives of φ.
    case exact
    /// By the difference of q at images moved by ε sign(∇_x q) and at the images: with constant signs
    /// ||∇_x q||_1 is the derivative of q along them. It takes another forward pass of φ in place of
    /// second derivatives through all its layers, most of all through batch normalisation, whose
    /// statistics are then also those of the moved images.
    case difference
  }

  /// Which margin is wanted, and how it is computed.
  public let settings: Settings

  /// The loss with these settings.
  public init(_ settings: Settings) { self.settings = settings }

  /// The loss and the mean margin.
  ///
  /// - Parameters:
  ///   - images: a leaf, [N, ...], from which `features` [N, d] were recorded.
  ///   - extractor: φ, as it gave `features`; called for the difference alone.
  package func evaluate(
    images: Tensor, features: Tensor, lyapunov: LyapunovFunction, labels: Tensor,
    extractor: (Tensor) -> Tensor
  ) -> (loss: Tensor, margin: Tensor) {
    let rival = withoutGradients {
      (lyapunov.values(at: features) + labels.oneHot(lyapunov.classCount).like(features) * 1e30)
        .argMin(along: 1)
    }
    let ratio = LogRatio(lyapunov: lyapunov, labels: labels, rival: rival)
    let (value, norm) =
      switch settings.form {
      case .exact: Self.exact(ratio, images, features)
      case .difference: difference(ratio, images, features, extractor)
      }
    let margin = value / norm
    return (
      ((settings.target - margin) * settings.sharpness).softplus.mean(), margin.detached.mean()
    )
  }

  /// q at states and its derivative along tangents, which are constants of a step or recorded.
  private struct LogRatio {
    let lyapunov: LyapunovFunction
    let labels: Tensor
    let rival: Tensor

    func callAsFunction(_ h: Tensor, along tangents: Tensor) -> (value: Tensor, derivative: Tensor)
    {
      let (own, other) = lyapunov.pairedRates(
        at: h, velocities: tangents, first: labels, second: rival)
      return (
        (other.value / own.value).log,
        other.derivative / other.value - own.derivative / own.value
      )
    }

    /// ∇q, constants.
    func slope(at h: Tensor) -> Tensor {
      let probe = Tensor.zeros(like: h).differentiable()
      return gradient(of: self(h.detached, along: probe).derivative.sum(), wrt: [probe])[0]
    }
  }

  /// q and ||∇_x q||_1. The norm is differentiated without a second derivative of V: with signs
  /// s = sign(∇_x q) and t = J_φ s it is ∇q · t, so its change by φ's parameters is that of
  /// ||J_φᵀ u||_1 at a constant u = ∇q, and its change by h and V's parameters that of the
  /// directional derivative of q along a constant t.
  private static func exact(
    _ ratio: LogRatio, _ images: Tensor, _ features: Tensor
  ) -> (value: Tensor, norm: Tensor) {
    let slope = ratio.slope(at: features).differentiable()
    let norm = gradient(of: features, wrt: [images], seed: slope, recording: true)[0]
      .flattened(from: 1).magnitude.sum(along: 1)
    let tangents = gradient(of: norm.sum(), wrt: [slope], retaining: true)[0]
    let (value, derivative) = ratio(features, along: tangents)
    return (value, norm.maximum(1e-12) + derivative - derivative.detached)
  }

  /// q and ||∇_x q||_1, whose derivatives are those of a difference of q.
  private func difference(
    _ ratio: LogRatio, _ images: Tensor, _ features: Tensor, _ extractor: (Tensor) -> Tensor
  ) -> (value: Tensor, norm: Tensor) {
    let slopes = gradient(
      of: features, wrt: [images], seed: ratio.slope(at: features), retaining: true)[0]
    let norm = slopes.flattened(from: 1).magnitude.sum(along: 1).maximum(1e-12)
    let moved = extractor(images.detached + slopes.sign * settings.length)
    let value = ratio(features, along: .zeros(like: features)).value
    let rise =
      (ratio(moved, along: .zeros(like: moved)).value - value) / settings.length
    return (value, norm + rise - rise.detached)
  }
}
