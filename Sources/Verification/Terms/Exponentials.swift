import Tensors

/// e^x.
struct Exponential: ElementaryFunction {
  let name = "exp"

  func value(_ x: Tensor) -> Tensor { x.exp }
  func range(over x: Interval) -> Interval {
    let range = monotoneRange(over: x)
    return Interval(range.lower.maximum(0), range.upper)
  }

  /// Convex; min (e^x - a x) = a (1 - ln a).
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let slope = x.middle.exp.maximum(1e-290)
    let log = slope.log
    let least = slope * (1 - log)
    // The difference may be small where its parts are not.
    let margin = slope * (1 + log.magnitude) * (8 * Rounding.function)
    return .convex(
      slope, over: x,
      ends: values.ends, least: least - margin)
  }

  func derivative(at x: Term, value: Term) -> Term? { value }
}

/// ln x, for x > 0.
struct Logarithm: ElementaryFunction {
  let name = "log"

  func value(_ x: Tensor) -> Tensor { x.log }
  func range(over x: Interval) -> Interval { monotoneRange(over: x) }

  /// Concave; max (ln x - a x) = -1 - ln a.
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let slope = x.middle.reciprocal
    let log = slope.log
    let margin = (log.magnitude + 1) * (8 * Rounding.function)
    return .concave(
      slope, over: x,
      ends: values.ends, greatest: margin - log - 1)
  }

  func derivative(at x: Term, value: Term) -> Term? { x.reciprocal }
}

/// √x, for x ≥ 0.
struct SquareRoot: ElementaryFunction {
  let name = "sqrt"

  func value(_ x: Tensor) -> Tensor { x.squareRoot }
  func range(over x: Interval) -> Interval { monotoneRange(over: x) }

  /// Concave; max (√x - a x) = 1 / (4 a).
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let slope = (x.middle.squareRoot * 2).maximum(1e-150).reciprocal
    return .concave(
      slope, over: x,
      ends: values.ends, greatest: (slope * 4).reciprocal)
  }

  func derivative(at x: Term, value: Term) -> Term? { value.reciprocal * 0.5 }
}
