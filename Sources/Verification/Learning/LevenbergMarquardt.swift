import Tensors

/// Least squares by damped Gauss-Newton steps: δ solves (JᵀJ + μ 1) δ = Jᵀr, and μ falls where a step
/// makes the sum of squares smaller and grows where it does not (Levenberg 1944, Marquardt 1963).
///
/// For networks of some hundred parameters it comes to errors in seconds that gradient descent does not
/// come to at all.
struct LevenbergMarquardt {
  /// μ.
  var damping = 1e-2

  /// Takes steps.
  ///
  /// - Parameters:
  ///   - parameters: the start, [p].
  ///   - residuals: r and, where it is asked for, J [m, p] of r.
  /// - Returns: the parameters with the least sum of squares that was found.
  mutating func minimize(
    from parameters: Tensor, steps: Int, isCancelled: () -> Bool = { false },
    residuals: (_ parameters: Tensor, _ isDifferentiated: Bool) -> (Tensor, Tensor?)
  ) -> Tensor {
    var parameters = parameters
    let identity = Tensor.identity(parameters.count, dtype: .float64)
    for _ in 0..<steps where !isCancelled() {
      let (rest, jacobian) = residuals(parameters, true)
      let error = rest.squared.sum().item
      let transposed = jacobian!.transposed
      let curvature = transposed.matmul(jacobian!)
      let gradient = transposed.matmul(rest.unsqueezed(1))
      var isBetter = false
      for _ in 0..<8 where !isBetter {
        let step = (curvature + identity * damping).leastSquares(gradient).squeezed(1)
        let candidate = parameters - step
        isBetter = residuals(candidate, false).0.squared.sum().item < error
        if isBetter { parameters = candidate }
        damping = isBetter ? max(damping / 3, 1e-9) : damping * 4
      }
      if !isBetter { break }
    }
    return parameters
  }
}
