/// Strong-stability-preserving methods: a step is a mean of Euler steps, so that a convex set which
/// those keep is kept (Gottlieb, Ketcheson, Shu, "Strong Stability Preserving Runge-Kutta and Multistep
/// Time Discretizations", 2011). `strongStabilityCoefficient` says how long such a step may be, in
/// Euler steps. The one of two stages is `heun`.
extension ButcherTableau {
  /// Shu and Osher's of three stages and order 3 ("Efficient implementation of essentially
  /// non-oscillatory shock-capturing schemes", J. Comput. Phys. 77, 1988), coefficient 1.
  public static let shuOsher = ButcherTableau(
    name: "ssprk3", order: 3, nodes: [0, 1, 1 / 2], coefficients: [[], [1], [1 / 4, 1 / 4]],
    weights: [1 / 6, 1 / 6, 2 / 3])

  /// Three stages, order 2, coefficient 2.
  public static let strongStability3Order2 = strongStabilityOrder2(stages: 3)

  /// Four stages, order 2, coefficient 3.
  public static let strongStability4Order2 = strongStabilityOrder2(stages: 4)

  /// The method of s stages and order 2 with the largest coefficient, s - 1 (Spiteri, Ruuth, "A new class
  /// of optimal high-order strong-stability-preserving time discretization methods", SIAM J. Numer. Anal.
  /// 40, 2002): s Euler steps of length h / (s - 1), of which the last state is averaged with the first.
  ///
  /// - Precondition: at least two stages.
  public static func strongStabilityOrder2(stages s: Int) -> ButcherTableau {
    precondition(s >= 2, "a method of order 2 has two stages at least")
    let size = 1 / Double(s - 1)
    return ButcherTableau(
      name: "ssprk\(s)-2", order: 2, nodes: (0..<s).map { Double($0) * size },
      coefficients: (0..<s).map { [Double](repeating: size, count: $0) },
      weights: [Double](repeating: 1 / Double(s), count: s))
  }

  /// Four stages, order 3, coefficient 2 (Spiteri and Ruuth, 2002).
  public static let strongStability4Order3 = ButcherTableau(
    name: "ssprk4-3", order: 3, nodes: [0, 1 / 2, 1, 1 / 2],
    coefficients: [[], [1 / 2], [1 / 2, 1 / 2], [1 / 6, 1 / 6, 1 / 6]],
    weights: [1 / 6, 1 / 6, 1 / 6, 1 / 2])

  /// Five stages, order 4, coefficient 1.508 (Spiteri and Ruuth, 2002), from their means.
  public static let strongStability5Order4 = ButcherTableau(
    name: "ssprk5-4", order: 4,
    means: [
      Mean(states: [1], slopes: [0.391752226571890]),
      Mean(states: [0.444370493651235, 0.555629506348765], slopes: [0, 0.368410593050371]),
      Mean(
        states: [0.620101851488403, 0, 0.379898148511597], slopes: [0, 0, 0.251891774271694]),
      Mean(
        states: [0.178079954393132, 0, 0, 0.821920045606868],
        slopes: [0, 0, 0, 0.544974750228521]),
      Mean(
        states: [0, 0, 0.517231671970585, 0.096059710526147, 0.386708617503269],
        slopes: [0, 0, 0, 0.063692468666290, 0.226007483236906]),
    ])

  /// Ten stages, order 4, coefficient 6 (Ketcheson, "Highly efficient strong stability-preserving
  /// Runge-Kutta methods with low-storage implementations", SIAM J. Sci. Comput. 30, 2008).
  public static let strongStability10Order4: ButcherTableau = {
    let rows = (0..<10).map { row in
      (0..<row).map { row < 5 || $0 >= 5 ? 1.0 / 6 : 1.0 / 15 }
    }
    return ButcherTableau(
      name: "ssprk10-4", order: 4, nodes: rows.map { $0.reduce(0, +) }, coefficients: rows,
      weights: [Double](repeating: 0.1, count: 10))
  }()

  /// A stage as a mean of Euler steps from earlier ones: Σ_j states_j u_j + h Σ_j slopes_j f(u_j).
  private struct Mean {
    let states: [Double]
    let slopes: [Double]
  }

  /// A method in the form of Shu and Osher: u_0 the state, u_1, ..., u_s by means, u_s the result.
  private init(name: String, order: Int, means: [Mean]) {
    let count = means.count
    var rows = [[Double](repeating: 0, count: count)]
    for mean in means {
      rows.append(
        (0..<count).map { column in
          zip(mean.states, rows).reduce(0) { $0 + $1.0 * $1.1[column] }
            + (column < mean.slopes.count ? mean.slopes[column] : 0)
        })
    }
    self.init(
      name: name, order: order, nodes: rows.dropLast().map { $0.reduce(0, +) },
      coefficients: rows.dropLast().enumerated().map { Array($1.prefix($0)) },
      weights: rows[count])
  }
}

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
