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
