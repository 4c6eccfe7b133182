import Foundation
import Tensors

/// sin x or cos x.
struct Wave: ElementaryFunction {
  enum Kind: String { case sin, cos }
  let kind: Kind

  var name: String { kind.rawValue }

  func value(_ x: Tensor) -> Tensor { kind == .sin ? x.sin : x.cos }
  private func slope(_ x: Tensor) -> Tensor { kind == .sin ? x.cos : -x.sin }

  /// The ends, and 1 or -1 where a crest or a trough may be between them. Far from 0, where a period is
  /// known badly, [-1, 1].
  func range(over x: Interval) -> Interval {
    let ends = (value(x.lower), value(x.upper))
    let crest = kind == .sin ? Double.pi / 2 : 0
    let range = Interval(ends.0.minimum(ends.1), ends.0.maximum(ends.1))
      .widened(Rounding.function)
    let isFar = x.magnitude .> 1e5
    let (one, hasCrest) = (Tensor.ones(like: range.upper), x.holds(crest, period: 2 * .pi) .| isFar)
    let hasTrough = x.holds(crest + .pi, period: 2 * .pi) .| isFar
    let high = Tensor.select(hasCrest, one, range.upper).minimum(1)
    let low = Tensor.select(hasTrough, -one, range.lower).maximum(-1)
    return Interval(low, high)
  }

  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    // g'' = -g.
    .taylor(
      over: x, at: x.middle, value: value(x.middle), slope: slope(x.middle),
      curvature: Interval(-values.upper, -values.lower))
  }

  func derivative(at x: Term, value: Term) -> Term? { kind == .sin ? x.cos : -x.sin }
}

/// tan x, between two of its poles.
struct Tangent: ElementaryFunction {
  let name = "tan"

  func value(_ x: Tensor) -> Tensor { x.sin / x.cos }

  func range(over x: Interval) -> Interval {
    let range = monotoneRange(over: x).widened(4 * Rounding.function)
    let isUnknown = x.holds(.pi / 2, period: .pi) .| (x.magnitude .> 1e5)
    let unknown = Tensor.full(.nan, range.lower.shape, dtype: .float64)
    return Interval(
      Tensor.select(isUnknown, unknown, range.lower), Tensor.select(isUnknown, unknown, range.upper)
    )
  }

  /// g'' = 2 t (1 + t²), which rises with t = tan x.
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let middle = x.middle
    let value = value(middle)
    func bend(_ t: Tensor) -> Tensor { t * (t.squared + 1) * 2 }
    return .taylor(
      over: x, at: middle, value: value, slope: value.squared + 1,
      curvature: Interval(bend(values.lower), bend(values.upper)).widened(Rounding.factor(8)))
  }

  func derivative(at x: Term, value: Term) -> Term? { value.squared + 1 }
}

extension Interval {
  /// Whether the intervals hold one of place + k period, [N, k] bool; in doubt, they do.
  fileprivate func holds(_ place: Double, period: Double) -> Tensor {
    let last = ((upper - place) * (1 / period) + 1e-9).floor
    return last * period + place .>= lower - (magnitude + 1) * 1e-9
  }
}
