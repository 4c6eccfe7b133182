import Tensors

/// ln(1 + e^x).
struct Softplus: ElementaryFunction {
  let name = "softplus"

  /// max(x, 0) + ln(1 + e^-|x|): libtorch's own is x from 20 on, which is off by 2e-9.
  func value(_ x: Tensor) -> Tensor { x.relu + (-x.magnitude).exp.log1p }

  func range(over x: Interval) -> Interval {
    let range = monotoneRange(over: x).widened(2 * Rounding.function)
    return Interval(range.lower.maximum(0), range.upper)
  }

  /// Convex; min (softplus x - a x) is the entropy -a ln a - (1 - a) ln(1 - a).
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let width = x.upper - x.lower
    let chord = (values.upper - values.lower) / width.maximum(Rounding.smallest)
    let slope = Tensor.select(width .> 1e-3, chord, x.middle.sigmoid)
      .maximum(1e-290).minimum(1 - 0x1p-53)
    let rest = 1 - slope
    let entropy = -(slope * slope.log + rest * (-slope).log1p)
    return .convex(
      slope, over: x,
      ends: values.ends, least: entropy)
  }

  func derivative(at x: Term, value: Term) -> Term? { x.sigmoid }
}
