import Foundation
import Settings
import Tensors

/// How the weights of a field depend on time: W(t) = Σ_k β_k(t/T) W_k with K functions β_k.
public struct TimeDependence: Codable, Sendable, Hashable {
  @Setting("weights as functions of t: none (constant), piecewise, polynomial or fourier")
  public var time = Basis.none
  @Setting("K, the functions of t, each with weights of its own", .integers(1...64))
  public var terms = 5

  public init() {}

  /// The functions β_k.
  public enum Basis: String, Codable, Sendable, CaseIterable {
    /// Constant weights: an autonomous field.
    case none
    /// Linear between K knots in equal distances from 0 to T, constant beyond.
    case piecewise
    /// Legendre's polynomials up to degree K - 1, on [0, T].
    case polynomial
    /// 1, cos 2πs, sin 2πs, cos 4πs, ... with s = t/T.
    case fourier
  }

  /// β of times over T, [N] to [N, K].
  package func values(_ s: Tensor) -> Tensor {
    switch time {
    case .none: return Tensor.ones(like: s).unsqueezed(1)
    case .piecewise:
      let knots = Tensor.range(terms, device: s.device).to(s.dtype)
      let place = (s.clamped(to: 0...1) * Double(terms - 1)).unsqueezed(1)
      return (1 - (place - knots).magnitude).relu
    case .polynomial:
      let x = s * 2 - 1
      var values = [Tensor.ones(like: s), x]
      for k in 1..<max(terms, 2) {
        let n = Double(k)
        values.append(
          (x * values[k] * (2 * n + 1) - values[k - 1] * n) / (n + 1))
      }
      return .stacked(Array(values.prefix(terms)), along: 1)
    case .fourier:
      let waves = (0..<terms).map { k -> Tensor in
        let angle = s * (2 * Double.pi * Double((k + 1) / 2))
        return k % 2 == 1 || k == 0 ? angle.cos : angle.sin
      }
      return .stacked(waves, along: 1)
    }
  }
}
