import Foundation
import Tensors

/// R(s) = Σ √s / √‖s‖: the ratio of the l1/2 and l2 norms in its power form, from 1 for one element to
/// n^¾ for n equal ones, after Yu and Huang (arXiv 2509.21969), whose abstract alone was at hand. k equal
/// elements have k^¾, so that R^{4/3} counts them (`effectiveCount`). It does not depend on the scale
/// of the weights: a layer cannot lower it by shrinking.
public struct LHalfOverL2Penalty: ProximalPenalty {
  public static let name = "l-half-over-l2"

  public init() {}

  public func value(of magnitudes: Tensor) -> Tensor {
    magnitudes.squareRoot.sum() / magnitudes.guardedNorm.squareRoot
  }

  /// Σ √(s + 1e-4) / √‖s‖.
  public func smoothed(_ magnitudes: Tensor) -> Tensor {
    LHalfPenalty().smoothed(magnitudes) / magnitudes.guardedNorm.squareRoot
  }

  /// With t = ‖s‖ and c = Σ √s: the numerator's weight is μ = τ/√t, and the denominator, linearised
  /// at s, pulls along s itself, so z = H((1 + κ) s; μ), κ = min(τ c / (2 t^{5/2}), 0.9), with half
  /// thresholding H. To first order in τ this is a step of the fixed-point iteration
  /// z = H(s/(1 - κ); μ/(1 - κ)), t and c taken at z, of R's proximal operator. The bound of κ is ours,
  /// for layers that have nearly vanished.
  public func proximal(_ magnitudes: Tensor, step: Double) -> Tensor {
    let norm = magnitudes.guardedNorm
    let growth = (magnitudes.squareRoot.sum() / norm.power(2.5) * (step / 2)).minimum(0.9)
    return (magnitudes * (growth + 1)).halfThresholded(by: step / norm.squareRoot)
      .keepingLargest(of: magnitudes)
  }

  /// R^{4/3}, in [1, n]: how many equal elements would have this R.
  public static func effectiveCount(_ value: Double) -> Double { pow(value, 4.0 / 3) }
}
