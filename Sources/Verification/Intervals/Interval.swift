import Tensors

/// Lower and upper bounds of a vector of k numbers for each of N boxes: float64 [N, k] each, or [1, k]
/// where they are the same for all. A NaN says that nothing is known.
public struct Interval: Sendable {
  /// What the numbers are at least.
  public let lower: Tensor
  /// What the numbers are at most.
  public let upper: Tensor

  /// - Parameters:
  ///   - lower: float64 [N, k] or [1, k].
  ///   - upper: of the same width.
  public init(_ lower: Tensor, _ upper: Tensor) {
    self.lower = lower
    self.upper = upper
  }

  /// Numbers known exactly.
  init(_ value: Tensor) { self.init(value, value) }

  var middle: Tensor { (lower + upper) * 0.5 }
  var halfWidth: Tensor { (upper - lower) * 0.5 }
  /// The largest |x|.
  var magnitude: Tensor { lower.magnitude.maximum(upper.magnitude) }

  /// Bounds that hold if these have been computed with `factor` times their size as their error.
  func widened(_ factor: Double) -> Interval {
    Interval(
      lower - (lower.magnitude * factor + Rounding.smallest),
      upper + (upper.magnitude * factor + Rounding.smallest))
  }

  /// Both bounds moved outward by `margin`.
  func widened(by margin: Tensor) -> Interval { Interval(lower - margin, upper + margin) }

  /// What lies in both. Both hold, so they overlap, up to nothing.
  func intersection(_ other: Interval) -> Interval {
    Interval(lower.maximum(other.lower), upper.minimum(other.upper))
  }

  /// -∞ and ∞ where nothing is known.
  var known: Interval {
    let isKnown = (lower .== lower) .& (upper .== upper)
    let infinity = Tensor.full(.infinity, lower.shape, dtype: .float64)
    return Interval(
      Tensor.select(isKnown, lower, -infinity), Tensor.select(isKnown, upper, infinity))
  }
}

extension Interval {
  static func + (a: Interval, b: Interval) -> Interval {
    Interval(a.lower + b.lower, a.upper + b.upper).widened(Rounding.factor(1))
  }

  static func * (a: Interval, b: Interval) -> Interval {
    let corners = [a.lower * b.lower, a.lower * b.upper, a.upper * b.lower, a.upper * b.upper]
    return Interval(
      corners[0].minimum(corners[1]).minimum(corners[2].minimum(corners[3])),
      corners[0].maximum(corners[1]).maximum(corners[2].maximum(corners[3]))
    ).widened(Rounding.factor(1))
  }

  /// The product with numbers that are known.
  static func * (a: Interval, weights: Tensor) -> Interval {
    let (first, second) = (a.lower * weights, a.upper * weights)
    return Interval(first.minimum(second), first.maximum(second)).widened(Rounding.factor(1))
  }

  static func * (a: Interval, weight: Double) -> Interval {
    let (first, second) = (a.lower * weight, a.upper * weight)
    return (weight < 0 ? Interval(second, first) : Interval(first, second))
      .widened(Rounding.factor(1))
  }

  func maximum(_ other: Interval) -> Interval {
    Interval(lower.maximum(other.lower), upper.maximum(other.upper))
  }
}
