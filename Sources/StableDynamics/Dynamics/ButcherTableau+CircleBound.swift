import DifferentialEquations
import Tensors

extension ButcherTableau {
  /// An upper bound of the Lipschitz constant of one step of length h in the norm of a circle
  /// condition.
  ///
  /// Two steps from states that differ by δ have stages that differ by K_i, where with Y_i = δ +
  /// h Σ_j a_ij K_j each ⟨K_i + α Y_i, K_i + β Y_i⟩ ≤ 0, and end at states that differ by
  /// δ' = δ + h Σ_i b_i K_i. If with some multipliers λ_i ≥ 0
  ///
  ///     q² |δ|² - |δ'|² + Σ_i λ_i ⟨K_i + α Y_i, K_i + β Y_i⟩,
  ///
  /// a quadratic form of the 1 + s vectors δ, hK_1, ..., hK_s whose coefficients are numbers, is
  /// never negative, then |δ'| ≤ q |δ|. For given multipliers the least q is a Schur complement; they
  /// are found by a search, and whatever it finds is a bound.
  ///
  /// With α = 0 and λ_i = 2 b_i / β it is Dahlquist and Jeltsch's theorem on disks of contractivity,
  /// with q = 1: a step is nonexpansive for hβ ≤ 2 by `euler`, `heun` and `rk4`. With α > 0 the search
  /// finds |R(-hα)| there, the method's stability function, which is attained by f(h) = -α h. For
  /// `midpoint`, whose first weight is 0, and `rk4-38` there is little or no such interval: for them
  /// and for longer steps what `stepBound` knows of the ball of Jacobians counts, which needs no more
  /// than the norm of an inner product.
  func stepBound(_ circle: CircleCondition, size h: Double) -> Double {
    let (middle, radius) = (
      (circle.rate + circle.speed) / 2, (circle.speed - circle.rate) / 2
    )
    let ball = stepBound(
      JacobianBall(center: .full(-middle, [1, 1], dtype: .float64), radius: radius), size: h)
    let form = CircleForm(self, rate: h * circle.rate, speed: h * circle.speed)
    return min(ball, form.leastFactor ?? .infinity)
  }
}

/// The quadratic form of a step's differences, as a function of its multipliers.
private struct CircleForm {
  /// The symmetric parts of the conditions, one for each stage, [1 + s, 1 + s].
  private var conditions: [[[Double]]] = []
  /// 1, b_1, ..., b_s.
  private let result: [Double]
  /// 2 b_i / (α + β), where b_i is not too small.
  private let start: [Double]

  /// - Parameters:
  ///   - rate: hα.
  ///   - speed: hβ.
  init(_ method: ButcherTableau, rate: Double, speed: Double) {
    let size = method.stageCount + 1
    result = [1] + method.weights
    for (stage, row) in method.coefficients.enumerated() {
      var near = [1.0] + row + [Double](repeating: 0, count: size - 1 - row.count)
      var far = near
      for index in near.indices {
        let own = index == stage + 1 ? 1.0 : 0
        (near[index], far[index]) = (own + rate * near[index], own + speed * far[index])
      }
      conditions.append(
        near.indices.map { i in
          near.indices.map { j in (near[i] * far[j] + near[j] * far[i]) / 2 }
        })
    }
    let scale = max(rate + speed, 1e-9)
    start = method.weights.map { max($0, 0.05) * 2 / scale }
  }

  /// q, found by halving the steps of a search along each multiplier and all of them; nil where no
  /// multipliers were found for which there is one.
  var leastFactor: Double? {
    let starts = (0..<14).map { power in
      start.map { $0 * (0..<power).reduce(1) { product, _ in product * 1.5 } }
    }
    guard var best = starts.min(by: { square($0) < square($1) }), square(best) < .infinity else {
      return nil
    }
    var value = square(best)
    var step = 2.0
    while step > 1.0005 {
      var isBetter = false
      for moved in start.indices.map({ [$0] }) + [Array(start.indices)] {
        for factor in [step, 1 / step] {
          var trial = best
          for index in moved { trial[index] *= factor }
          let found = square(trial)
          if found < value { (best, value, isBetter) = (trial, found, true) }
        }
      }
      if !isBetter { step = step.squareRoot() }
    }
    // Raised by what rounding may have taken away; pivots are no smaller than that allows.
    return max(value, 0).squareRoot() * (1 + 1e-9)
  }

  /// The least q² for given multipliers, which with the form F = [c vᵀ; v N] without q² is
  /// vᵀ N⁻¹ v - c; infinite unless N is safely positive definite.
  private func square(_ multipliers: [Double]) -> Double {
    let size = result.count
    // K_1, ..., K_s first: δ's pivot is what remains when they are eliminated.
    var form = (0..<size).map { i in
      (0..<size).map { j in
        zip(multipliers, conditions).reduce(-result[i] * result[j]) {
          $0 + $1.0 * $1.1[i][j]
        }
      }
    }
    let scale = (1..<size).map { abs(form[$0][$0]) }.max() ?? 0
    for pivot in (1..<size).reversed() {
      let value = form[pivot][pivot]
      guard value > 1e-6 * scale else { return .infinity }
      for i in 0..<pivot {
        let share = form[i][pivot] / value
        for j in 0..<pivot { form[i][j] -= share * form[pivot][j] }
      }
    }
    return -form[0][0]
  }
}
