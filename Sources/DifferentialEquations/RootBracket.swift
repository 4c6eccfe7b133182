import Foundation

/// An interval at whose ends a continuous function has opposite signs, or is 0 at the end, narrowed
/// to a tolerance by the ITP method (Oliveira, Takahashi, "An enhancement of the bisection method
/// average performance preserving minmax optimality", ACM Trans. Math. Softw. 47, 2021): a step of
/// the false position, cut towards the middle and kept so close to it that about one evaluation more
/// than by bisection is needed at most. The cut is never below a quarter of the tolerance, so that a
/// false position that is as good as exact lands on both sides of the zero in turn.
struct RootBracket {
  /// The end before the zero, and that at or beyond it.
  private(set) var start: Double
  private(set) var end: Double
  private var startValue: Double
  private var endValue: Double
  private let tolerance: Double
  private let cut: Double
  /// Half the widest interval that bisection, one evaluation behind, would have.
  private var radius: Double

  /// - Parameter tolerance: the width to narrow to; raised to what the ends can resolve.
  init(
    from start: Double, value startValue: Double, to end: Double, value endValue: Double,
    tolerance: Double
  ) {
    (self.start, self.startValue, self.end, self.endValue) = (start, startValue, end, endValue)
    self.tolerance = max(tolerance, 4 * max(start.magnitude, end.magnitude).ulp)
    let width = end - start
    cut = 0.2 / width
    radius = self.tolerance / 2 * exp2((log2(width / self.tolerance)).rounded(.up) + 1)
  }

  var isNarrow: Bool { end - start <= tolerance }

  /// Where to evaluate the function next.
  var next: Double {
    let middle = (start + end) / 2
    let chord = (startValue * end - endValue * start) / (startValue - endValue)
    guard chord.isFinite else { return middle }
    let side: Double = middle < chord ? -1 : 1
    let delta = max(cut * (end - start) * (end - start), tolerance / 4)
    let candidate = delta <= abs(middle - chord) ? chord + side * delta : middle
    let reach = max(0, radius - (end - start) / 2)
    return abs(candidate - middle) <= reach ? candidate : middle - side * reach
  }

  /// Takes in the function's value at `next`.
  mutating func narrow(at point: Double, value: Double) {
    if startValue < 0 ? value < 0 : value > 0 {
      (start, startValue) = (point, value)
    } else {
      (end, endValue) = (point, value)
    }
    radius /= 2
  }
}
