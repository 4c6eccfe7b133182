import Foundation
import Tensors

/// x².
struct Square: ElementaryFunction {
  let name = "square"

  func value(_ x: Tensor) -> Tensor { x.squared }

  func range(over x: Interval) -> Interval {
    let (low, high) = (x.lower.squared, x.upper.squared)
    let holdsZero = (x.lower .<= 0) .& (x.upper .>= 0)
    let least = low.minimum(high)
    let range = Interval(Tensor.select(holdsZero, .zeros(like: least), least), low.maximum(high))
      .widened(Rounding.factor(1))
    return Interval(range.lower.maximum(0), range.upper)
  }

  /// Convex; min (x² - a x) = -a²/4, and the chord has the slope of the tangent in the middle.
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let slope = x.lower + x.upper
    func end(_ place: Tensor) -> Interval { Interval(place.squared).widened(Rounding.factor(1)) }
    return .convex(slope, over: x, ends: (end(x.lower), end(x.upper)), least: slope.squared * -0.25)
  }

  func derivative(at x: Term, value: Term) -> Term? { x * 2 }
}

/// x^n for an integer n of 3 or more.
struct Power: ElementaryFunction {
  let exponent: Int

  var name: String { "power\(exponent)" }

  func value(_ x: Tensor) -> Tensor { x.power(Double(exponent)) }

  func range(over x: Interval) -> Interval { Self.range(over: x, exponent: exponent) }

  /// Of x^n for n ≥ 0.
  private static func range(over x: Interval, exponent: Int) -> Interval {
    let (low, high) = (x.lower.power(Double(exponent)), x.upper.power(Double(exponent)))
    if exponent % 2 == 1 { return Interval(low, high).widened(Rounding.function) }
    if exponent == 0 { return Interval(low) }
    let holdsZero = (x.lower .<= 0) .& (x.upper .>= 0)
    let least = low.minimum(high)
    let range = Interval(Tensor.select(holdsZero, .zeros(like: least), least), low.maximum(high))
      .widened(Rounding.function)
    return Interval(range.lower.maximum(0), range.upper)
  }

  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let n = Double(exponent)
    let middle = x.middle
    return .taylor(
      over: x, at: middle, value: value(middle), slope: middle.power(n - 1) * n,
      curvature: Self.range(over: x, exponent: exponent - 2) * (n * (n - 1)))
  }

  func derivative(at x: Term, value: Term) -> Term? { x.power(exponent - 1) * Double(exponent) }
}

/// 1 / x, for x ≠ 0.
struct Reciprocal: ElementaryFunction {
  let name = "reciprocal"

  func value(_ x: Tensor) -> Tensor { x.reciprocal }

  func range(over x: Interval) -> Interval {
    let range = monotoneRange(over: x, isFalling: true)
    let hasOneSign = (x.lower .> 0) .| (x.upper .< 0)
    let unknown = Tensor.full(.nan, range.lower.shape, dtype: .float64)
    return Interval(
      Tensor.select(hasOneSign, range.lower, unknown),
      Tensor.select(hasOneSign, range.upper, unknown))
  }

  /// Convex for x > 0, where min (1/x + a x) = 2 √a; for x < 0 the same with all signs changed.
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let slope = -x.middle.squared.maximum(1e-290).reciprocal
    let turn = slope.magnitude.squareRoot * 2
    let ends = (
      Interval(x.lower.reciprocal).widened(Rounding.function),
      Interval(x.upper.reciprocal).widened(Rounding.function)
    )
    let above = Relaxation.convex(slope, over: x, ends: ends, least: turn)
    let below = Relaxation.concave(slope, over: x, ends: ends, greatest: -turn)
    let isPositive = x.lower .> 0
    return Relaxation(
      slope: slope + values.lower * 0,
      offset: Interval(
        Tensor.select(isPositive, above.offset.lower, below.offset.lower),
        Tensor.select(isPositive, above.offset.upper, below.offset.upper)))
  }

  func derivative(at x: Term, value: Term) -> Term? { -value.squared }
}
