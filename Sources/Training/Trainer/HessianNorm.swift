import Foundation
import NeuralNetworks
import Tensors

/// The spectral norm of the Hessian H of a loss by some parameters θ, the largest |λ|, by the power method.
///
/// A product with H is a difference of two gradients along a unit vector v,
///
///     H v ≈ (∇L(θ + ε v) - ∇L(θ - ε v)) / 2ε,   ε = ∛u (1 + ‖θ‖),   u the unit of rounding,
///
/// which is exact but for rounding where L is quadratic, and asks for nothing but gradients, whatever a model
/// computes by hand. Where L has kinks it is a mean of the curvature over them. The norm is at least what is found.
///
/// That such norms say how a training goes, and that initial weights should be drawn for them, is from the
/// literature that a seed of this project names, of which the abstract alone was at hand; how they are measured
/// is ours.
struct HessianNorm {
  /// Products with H.
  let products: Int

  /// - Parameters:
  ///   - parameters: moved to and fro, and as they were in the end, to the bit.
  ///   - generator: of the vector to begin with.
  ///   - loss: a single element, recorded; the same function in each call.
  func callAsFunction(
    wrt parameters: [Tensor], generator: RandomGenerator, of loss: () throws -> Tensor
  ) rethrows -> Double {
    guard let type = parameters.first?.dtype else { return 0 }
    let start = parameters.map { $0.detached * 1 }
    defer { for (parameter, value) in zip(parameters, start) { parameter.assign(value) } }
    let rounding = type == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
    let step = cbrt(rounding) * (1 + Self.norm(start))
    var direction = start.map { generator.normal($0.shape, dtype: $0.dtype).to($0.device) }
    var found = 0.0
    for _ in 0..<products {
      let length = Self.norm(direction)
      guard length > 0, length.isFinite else { break }
      let unit = direction.map { $0 / length }
      func slopes(_ offset: Double) throws -> [Tensor] {
        for (parameter, (value, v)) in zip(parameters, zip(start, unit)) {
          parameter.assign(value + v * offset)
        }
        return gradient(of: try loss(), wrt: parameters)
      }
      let (ahead, behind) = (try slopes(step), try slopes(-step))
      direction = zip(ahead, behind).map { ($0.detached - $1.detached) / (2 * step) }
      found = Self.norm(direction)
    }
    return found
  }

  private static func norm(_ tensors: [Tensor]) -> Double {
    globalNorm(tensors.map { $0.to(.float64) }).item
  }
}
