import CTorch

extension Tensor {
  /// Minimises ½ x'Gx - c'x + λ Σ|x_j| by coordinate descent, from this point [w] on.
  ///
  /// - Parameters:
  ///   - gram: G [w, w], symmetric and positive semidefinite.
  ///   - linear: c [w]; all are float64 on the CPU.
  ///   - tolerance: done once no coordinate changes the slope c - Gx by more in a pass.
  /// - Returns: the minimiser, with exact zeros, and how many passes it took; nil if `limit` do not suffice.
  public func lassoDescent(
    gram: Tensor, linear: Tensor, weight: Double, tolerance: Double, limit: Int
  ) -> (x: Tensor, passes: Int?) {
    let x = (self + 0).contiguous()
    let (gram, linear) = (gram.contiguous(), linear.contiguous())
    let passes = ct_lasso_descent(
      gram.handle, linear.handle, x.handle, weight, tolerance, Int32(limit))
    withExtendedLifetime((gram, linear)) {}
    torchCheck(passes < 0 ? 0 : 1, "lassoDescent \(shape)")
    return (x, passes == 0 ? nil : Int(passes))
  }
}
