import Tensors

/// A measure of how far the weights of a layer are from sparse, P(s), of their magnitudes s ≥ 0: those
/// of single weights, or the Euclidean norms of groups of them (`WeightGrouping`). With groups, `l1` is
/// the group lasso (Yuan, Lin 2006; without its factor √size, as all groups of a layer are as large).
///
/// Each layer has its own P; a network's penalty is their sum.
public protocol NetworkPenalty: Sendable {
  /// The name in configurations.
  static var name: String { get }

  /// A penalty; it has no settings.
  init()

  /// P, of rank 0, of magnitudes [n]. It is 0 where all of them are.
  func value(of magnitudes: Tensor) -> Tensor

  /// P with a finite derivative everywhere, as a term of a loss; the same as `value` for penalties
  /// that have one.
  func smoothed(_ magnitudes: Tensor) -> Tensor
}

/// A penalty that can also be lowered by a step of its own behind that of the optimizer, which makes
/// weights exactly 0.
public protocol ProximalPenalty: NetworkPenalty {
  /// The magnitudes [n] after a step of the length τ = learning rate · weight: the minimiser z ≥ 0 of
  /// ½‖z - s‖² + τ P(z). Of a ratio numerator/denominator, it is the minimiser where the denominator
  /// is linearised at s, as said there.
  func proximal(_ magnitudes: Tensor, step: Double) -> Tensor
}

extension NetworkPenalty {
  public func smoothed(_ magnitudes: Tensor) -> Tensor { value(of: magnitudes) }
}

extension Tensor {
  /// The Euclidean norm of all elements, at least 1e-8, so that quotients and their derivatives stay
  /// finite where a layer has become 0.
  var guardedNorm: Tensor { squared.sum().maximum(1e-16).squareRoot }

  /// This tensor, or where all its elements are 0, the largest of `magnitudes` alone: a ratio is
  /// least where one element is left, and has no value where none is.
  func keepingLargest(of magnitudes: Tensor) -> Tensor {
    let isLost = max() .== 0
    let largest = magnitudes * (magnitudes .== magnitudes.max()).to(dtype)
    return Tensor.select(isLost, largest, self)
  }
}
