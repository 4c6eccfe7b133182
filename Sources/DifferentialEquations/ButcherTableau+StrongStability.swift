extension ButcherTableau {
  /// C, the strong-stability-preserving coefficient: a step of size h is a mean of Euler steps of
  /// sizes up to h / C. So a convex set that Euler's method keeps with steps up to h_E is kept by this
  /// one with steps up to C h_E. 0 where a weight of such a mean would be negative, as for the
  /// classical methods.
  ///
  /// It is the radius of absolute monotonicity (Kraaijevanger, "Contractivity of Runge-Kutta
  /// methods", BIT 31, 1991): with K the matrix of the coefficients over the weights, the largest r
  /// with
  ///
  ///     K (I + r K)⁻¹ ≥ 0   and   (I + r K)⁻¹ 1 ≥ 0.
  ///
  /// Found by bisection from below, to 1e-12.
  public var strongStabilityCoefficient: Double {
    // No explicit method of s stages has more than s.
    var (lower, upper) = (0.0, Double(stageCount))
    if isAbsolutelyMonotonic(at: upper) { return upper }
    while upper - lower > 1e-12 {
      let middle = (lower + upper) / 2
      if isAbsolutelyMonotonic(at: middle) { lower = middle } else { upper = middle }
    }
    // What is only found where r is nearly 0 is 0.
    return lower < 1e-9 ? 0 : lower
  }

  /// Whether both conditions hold at r, by forward substitution: I + r K is lower triangular.
  private func isAbsolutelyMonotonic(at r: Double) -> Bool {
    let rows = (coefficients + [weights]).map { row in
      row + [Double](repeating: 0, count: stageCount + 1 - row.count)
    }
    // P = (I + r K)⁻¹ K, which commutes, and e = (I + r K)⁻¹ 1.
    var products: [[Double]] = []
    var sums: [Double] = []
    for row in rows {
      var product = row
      var sum = 1.0
      for (index, earlier) in products.enumerated() where row[index] != 0 {
        for column in product.indices { product[column] -= r * row[index] * earlier[column] }
        sum -= r * row[index] * sums[index]
      }
      // Where the exact value is 0, rounding may leave less.
      if sum < -1e-14 || product.contains(where: { $0 < -1e-14 }) { return false }
      products.append(product)
      sums.append(sum)
    }
    return true
  }
}
