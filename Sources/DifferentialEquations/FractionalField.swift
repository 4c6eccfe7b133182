import Foundation
import Tensors

/// The right-hand side of a fractional differential equation in Caputo's sense,
///
///     D^α y = f(t, y),   y(0) = y_0,   0 < α ≤ 1,
///
/// which is y(t) = y_0 + 1/Γ(α) ∫_0^t (t - s)^(α - 1) f(s, y(s)) ds: all of the past counts, the more the smaller
/// α is. For α = 1 it is an ordinary equation.
public struct FractionalField {
  /// α.
  public let order: Double
  /// f: states [N, ...] at a time to rates of the same shape.
  public let rates: (_ time: Double, _ state: Tensor) throws -> Tensor

  /// - Precondition: α is in (0, 1].
  public init(order: Double, _ rates: @escaping (_ time: Double, _ state: Tensor) throws -> Tensor)
  {
    precondition(order > 0 && order <= 1, "a derivative of order \(order)")
    self.order = order
    self.rates = rates
  }
}

/// The states of a fractional differential equation at 0 and at equal distances up to `end`, by the
/// predictor-corrector method of Adams, Bashforth and Moulton (Diethelm, Ford, Freed, "A predictor-corrector
/// approach for the numerical solution of fractional differential equations", 2002),
///
///     y_p = y_0 + h^α / Γ(α + 1) Σ_{j ≤ n} b_j f_j,
///     y_n+1 = y_0 + h^α / Γ(α + 2) (f(t_n+1, y_p) + Σ_{j ≤ n} a_j f_j),
///
///     b_j = (n + 1 - j)^α - (n - j)^α,   a_0 = n^(α+1) - (n - α)(n + 1)^α,
///     a_j = (n - j + 2)^(α+1) + (n - j)^(α+1) - 2 (n - j + 1)^(α+1),
///
/// of order min(2, 1 + α) where D^α y is smooth. n steps take 2n evaluations and n² / 2 sums of states.
/// Recorded where its tensors are: gradients are those of what was computed.
///
/// - Parameters:
///   - initial: y_0, [N, ...].
///   - end: above 0.
///   - steps: equal ones.
/// - Throws: `ProblemError` before anything is computed if the problem is not well posed,
///   `IntegrationFailure` where a state is not finite, and whatever the field throws.
/// - Returns: states at all steps + 1 times.
public func solve(
  _ field: FractionalField, from initial: Tensor, to end: Double, steps: Int
) throws -> Solution {
  let method = ButcherTableau.heun
  try ProblemError.check(
    initial: initial, times: [0, end], method: method, steps: .stepsPerInterval(steps))
  guard end > 0 else { throw ProblemError.times([0, end]) }
  let order = field.order
  let size = end / Double(steps)
  let scale = pow(size, order)
  var (states, rates) = ([initial], [try field.rates(0, initial)])
  var statistics = Solution.Statistics()
  statistics.evaluations = 1
  func power(_ n: Int, _ exponent: Double) -> Double { n == 0 ? 0 : pow(Double(n), exponent) }
  for n in 0..<steps {
    let time = size * Double(n + 1)
    let predictor = (0...n).map { power(n + 1 - $0, order) - power(n - $0, order) }
    let first = power(n, order + 1) - (Double(n) - order) * power(n + 1, order)
    let corrector =
      [first]
      + (1..<n + 1).map { j -> Double in
        let outer = power(n - j + 2, order + 1) + power(n - j, order + 1)
        return outer - 2 * power(n - j + 1, order + 1)
      }
    func sum(_ weights: [Double], _ terms: [Tensor], over divisor: Double) -> Tensor {
      initial.adding(terms, weights: weights.map { $0 * scale / divisor })
    }
    let predicted = sum(predictor, rates, over: tgamma(order + 1))
    let state = sum(
      corrector + [1], rates + [try field.rates(time, predicted)], over: tgamma(order + 2))
    let broken = state.nonFiniteRows
    guard broken.isEmpty else {
      throw IntegrationFailure(
        .nonFiniteState, time: size * Double(n), state: states[n], samples: broken, steps: n)
    }
    states.append(state)
    if n + 1 < steps { rates.append(try field.rates(time, state)) }
    statistics.evaluations += n + 1 < steps ? 2 : 1
    statistics.accept(size)
  }
  EvaluationTally.current?.count += statistics.evaluations
  return Solution(
    states: Tensor.stacked(states), times: (0...steps).map { size * Double($0) },
    statistics: statistics, steps: .shared([Double](repeating: size, count: steps)), adjoint: nil)
}
