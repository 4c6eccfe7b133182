import Tensors

/// A function g of one number that programs are made of.
///
/// Values are those of libtorch in float64, or what follows from them with as small an error; ranges and
/// relaxations hold for the exact function.
protocol ElementaryFunction: Sendable {
  /// The name that formulas and certificates use.
  var name: String { get }

  func value(_ x: Tensor) -> Tensor

  /// The range over intervals; a NaN where the function is not defined on all of one.
  func range(over x: Interval) -> Interval

  /// A linear function beside the function over intervals, given its range there. Any slope will do; the
  /// offsets decide whether it is a good one.
  func relaxation(over x: Interval, values: Interval) -> Relaxation

  /// g'(x), given g(x) too; nil where it is 0 almost everywhere.
  func derivative(at x: Term, value: Term) -> Term?
}

/// g(x) - slope x lies in `offset` for each x of an interval.
struct Relaxation {
  let slope: Tensor
  let offset: Interval

  /// Without a slope where the range alone is as narrow.
  func narrowed(to values: Interval, over x: Interval) -> Relaxation {
    let isFlat = .!((offset.upper - offset.lower) .< (values.upper - values.lower))
    return Relaxation(
      slope: Tensor.select(isFlat, .zeros(like: slope), slope),
      offset: Interval(
        Tensor.select(isFlat, values.lower, offset.lower),
        Tensor.select(isFlat, values.upper, offset.upper)))
  }
}

extension ElementaryFunction {
  /// The range of a function that rises, or falls, everywhere on the interval.
  func monotoneRange(over x: Interval, isFalling: Bool = false) -> Interval {
    let (low, high) = (value(x.lower), value(x.upper))
    return (isFalling ? Interval(high, low) : Interval(low, high)).widened(Rounding.function)
  }
}

extension Interval {
  /// Of a range of a function that rises, enclosures of its values at both ends: bounds were rounded
  /// outward, by less than is added inward here.
  var ends: (Interval, Interval) {
    let factor = 8 * Rounding.function
    return (Interval(lower).widened(factor), Interval(upper).widened(factor))
  }
}

extension Relaxation {
  /// Of a convex function: above by its ends, below by min_x (g(x) - slope x), which for the function's
  /// derivative as the slope is its tangent.
  ///
  /// - Parameters:
  ///   - ends: enclosures of g at the lower and at the upper end.
  ///   - least: min (g(x) - slope x) over all x, known with the relative error of a few functions.
  static func convex(
    _ slope: Tensor, over x: Interval, ends: (Interval, Interval), least: Tensor
  ) -> Relaxation {
    let high = atEnds(slope, x, ends).upper
    return Relaxation(
      slope: slope,
      offset: Interval(
        least - (least.magnitude * (8 * Rounding.function) + Rounding.smallest), high))
  }

  /// As `convex`, of a concave function; `greatest` is max (g(x) - slope x).
  static func concave(
    _ slope: Tensor, over x: Interval, ends: (Interval, Interval), greatest: Tensor
  ) -> Relaxation {
    let low = atEnds(slope, x, ends).lower
    return Relaxation(
      slope: slope,
      offset: Interval(
        low, greatest + (greatest.magnitude * (8 * Rounding.function) + Rounding.smallest)))
  }

  /// The hull of g(x) - slope x at both ends.
  static func atEnds(_ slope: Tensor, _ x: Interval, _ ends: (Interval, Interval)) -> Interval {
    func difference(_ place: Tensor, _ value: Interval) -> Interval {
      let product = slope * place
      let margin = (product.magnitude + value.magnitude) * Rounding.factor(3) + Rounding.smallest
      return Interval(value.lower - product, value.upper - product).widened(by: margin)
    }
    let (first, second) = (difference(x.lower, ends.0), difference(x.upper, ends.1))
    return Interval(first.lower.minimum(second.lower), first.upper.maximum(second.upper))
  }

  /// Taylor's expansion about the middle m with half the width h: g(m) + g'(m) (x - m), and
  /// h²/2 times the range of g'' on the interval.
  ///
  /// - Parameters:
  ///   - value: g(m) and g'(m), each with the relative error of a few functions.
  ///   - curvature: the range of g''.
  static func taylor(
    over x: Interval, at middle: Tensor, value: Tensor, slope: Tensor, curvature: Interval
  ) -> Relaxation {
    let half = (x.upper - middle).maximum(middle - x.lower) * (1 + Rounding.factor(2))
    let square = half.squared * (0.5 * (1 + Rounding.factor(4)))
    let base = value - slope * middle
    let margin =
      (value.magnitude + slope.magnitude * (middle.magnitude + half)) * (8 * Rounding.function)
      + Rounding.smallest
    let bend = Interval(curvature.lower.minimum(0), curvature.upper.maximum(0))
    return Relaxation(
      slope: slope,
      offset: Interval(base + square * bend.lower, base + square * bend.upper)
        .widened(Rounding.factor(4)).widened(by: margin))
  }
}
