import Tensors

/// |x|.
struct Magnitude: ElementaryFunction {
  let name = "abs"

  func value(_ x: Tensor) -> Tensor { x.magnitude }

  func range(over x: Interval) -> Interval {
    let least = x.lower.maximum(-x.upper).maximum(0)
    return Interval(least, x.magnitude)
  }

  /// The chord, with nothing below it: min (|x| - a x) = 0 for |a| ≤ 1.
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let width = (x.upper - x.lower).maximum(Rounding.smallest)
    let slope = ((x.upper.magnitude - x.lower.magnitude) / width).maximum(-1).minimum(1)
    return .convex(
      slope, over: x, ends: (Interval(x.lower.magnitude), Interval(x.upper.magnitude)),
      least: .zeros(like: slope))
  }

  /// Clarke's derivative: at 0 anything in [-1, 1].
  func derivative(at x: Term, value: Term) -> Term? { x.step * 2 - 1 }
}

/// max(x, 0).
struct Relu: ElementaryFunction {
  let name = "relu"

  func value(_ x: Tensor) -> Tensor { x.relu }
  func range(over x: Interval) -> Interval { Interval(x.lower.relu, x.upper.relu) }

  /// As of |x|: min (max(x, 0) - a x) = 0 for a in [0, 1].
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let width = (x.upper - x.lower).maximum(Rounding.smallest)
    let slope = ((x.upper.relu - x.lower.relu) / width).maximum(0).minimum(1)
    return .convex(
      slope, over: x, ends: (Interval(x.lower.relu), Interval(x.upper.relu)),
      least: .zeros(like: slope))
  }

  func derivative(at x: Term, value: Term) -> Term? { x.step }
}

/// 1 for x > 0, 0 for x < 0 and, as the derivative of max(x, 0), anything in [0, 1] at 0.
struct Step: ElementaryFunction {
  let name = "step"

  func value(_ x: Tensor) -> Tensor { (x .> 0).to(.float64) }

  func range(over x: Interval) -> Interval {
    let unknown = (x.lower + x.upper) * 0
    return Interval((x.lower .> 0).to(.float64) + unknown, (x.upper .>= 0).to(.float64) + unknown)
  }

  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    Relaxation(slope: .zeros(like: values.lower), offset: values)
  }

  func derivative(at x: Term, value: Term) -> Term? { nil }
}
