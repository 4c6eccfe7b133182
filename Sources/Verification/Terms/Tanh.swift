import Tensors

/// tanh x.
struct Tanh: ElementaryFunction {
  let name = "tanh"

  func value(_ x: Tensor) -> Tensor { x.tanh }

  func range(over x: Interval) -> Interval {
    let range = monotoneRange(over: x)
    return Interval(range.lower.maximum(-1), range.upper.minimum(1))
  }

  /// With a slope a in (0, 1], tanh x - a x has its extrema at the ends and where tanh² x = 1 - a: with
  /// s = √(1 - a) they are ±(s - a artanh s).
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let width = x.upper - x.lower
    let chord = (values.upper - values.lower) / width.maximum(Rounding.smallest)
    let tangent = 1 - values.middle.squared
    let slope = Tensor.select(width .> 1e-3, chord, tangent).maximum(1e-290).minimum(1)
    let turn = (1 - slope).squareRoot
    let place = (turn + 1).log - slope.log * 0.5
    let height = turn - slope * place
    let margin = (turn + slope * place + slope) * (8 * Rounding.function)
    let ends = Relaxation.atEnds(
      slope, x, values.ends)
    // An extremum that is taken for one in the interval although it is just outside does no harm.
    let slack = (place + 1) * 1e-6
    let hasHighest = (x.lower .<= place + slack) .& (x.upper .>= place - slack)
    let hasLowest = (x.lower .<= slack - place) .& (x.upper .>= -(place + slack))
    let far = height + margin
    return Relaxation(
      slope: slope,
      offset: Interval(
        Tensor.select(hasLowest, ends.lower.minimum(-far), ends.lower),
        Tensor.select(hasHighest, ends.upper.maximum(far), ends.upper)))
  }

  func derivative(at x: Term, value: Term) -> Term? { x.hyperbolicSecantSquared }
}

/// 1 - tanh² x, the derivative of tanh.
struct SquaredSecant: ElementaryFunction {
  let name = "sech2"

  func value(_ x: Tensor) -> Tensor { 1 - x.tanh.squared }

  /// It falls with |x|. 1 - t² is off by 4 units in the last place of t², whatever is left.
  func range(over x: Interval) -> Interval {
    let (low, high) = (value(x.lower), value(x.upper))
    let holdsZero = (x.lower .<= 0) .& (x.upper .>= 0)
    let greatest = low.maximum(high)
    let top = Tensor.select(holdsZero, .ones(like: greatest), greatest)
    let range = Interval(low.minimum(high) - 3 * Rounding.function, top + 3 * Rounding.function)
    return Interval(range.lower.maximum(0), range.upper.minimum(1))
  }

  /// g'' = -2 (1 - q)(1 - 3q) with q = tanh² x: it falls from -2 at q = 0 to 2/3 at q = 2/3 and then to 0.
  func relaxation(over x: Interval, values: Interval) -> Relaxation {
    let middle = x.middle
    let t = middle.tanh
    let value = 1 - t.squared
    let (low, high) = (1 - values.upper, 1 - values.lower)
    func bend(_ q: Tensor) -> Tensor { (1 - q) * (q * 6 - 2) }
    let (first, second) = (bend(low), bend(high))
    let holdsTurn = (low .<= 2.0 / 3 + 1e-9) .& (high .>= 2.0 / 3 - 1e-9)
    let highest = first.maximum(second)
    let top = Tensor.select(holdsTurn, .full(2.0 / 3, highest.shape, dtype: .float64), highest)
    let margin = 16 * Rounding.function
    let curvature = Interval(first.minimum(second) - margin, top + margin)
    let taylor = Relaxation.taylor(
      over: x, at: middle, value: value, slope: t * value * -2, curvature: curvature)
    // Value and slope are right to rounding of 1, not of what is left of it.
    let size = 1 + middle.magnitude + x.halfWidth
    return Relaxation(
      slope: taylor.slope, offset: taylor.offset.widened(by: size * (16 * Rounding.function)))
  }

  func derivative(at x: Term, value: Term) -> Term? { x.tanh * value * -2 }
}
