extension ButcherTableau {
  /// Euler's method, order 1.
  public static let euler = ButcherTableau(
    name: "euler", order: 1, nodes: [0], coefficients: [[]], weights: [1])

  /// The explicit midpoint rule (Runge 1895), order 2.
  public static let midpoint = ButcherTableau(
    name: "midpoint", order: 2, nodes: [0, 1 / 2], coefficients: [[], [1 / 2]], weights: [0, 1])

  /// Heun's method, the explicit trapezoidal rule, order 2.
  public static let heun = ButcherTableau(
    name: "heun", order: 2, nodes: [0, 1], coefficients: [[], [1]], weights: [1 / 2, 1 / 2])

  /// The classical method of Kutta (1901), order 4.
  public static let classicalRungeKutta = ButcherTableau(
    name: "rk4", order: 4,
    nodes: [0, 1 / 2, 1 / 2, 1],
    coefficients: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
    weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6])

  /// Kutta's 3/8 rule (1901), order 4: what torchdiffeq calls `rk4`.
  public static let threeEighths = ButcherTableau(
    name: "rk4-38", order: 4,
    nodes: [0, 1 / 3, 2 / 3, 1],
    coefficients: [[], [1 / 3], [-1 / 3, 1], [1, -1, 1]],
    weights: [1 / 8, 3 / 8, 3 / 8, 1 / 8])

  /// Heun's method with steps chosen by its difference from Euler's, order 2(1): torchdiffeq's
  /// `adaptive_heun`, with the derivative at the end for a third stage, which is the first of the next
  /// step (there it is the one at Euler's point), and Hermite's cubic inside, of order 2 as the end is.
  public static let adaptiveHeun: ButcherTableau = {
    let weights = [1.0 / 2, 1.0 / 2, 0]
    return ButcherTableau(
      name: "adaptive-heun", order: 2, nodes: [0, 1, 1], coefficients: [[], [1], [1 / 2, 1 / 2]],
      weights: weights, errorWeights: [-1 / 2, 1 / 2, 0],
      interpolant: .cubic(weights: weights, order: 2))
  }()

  /// Bogacki and Shampine's 3(2) pair ("A 3(2) pair of Runge-Kutta formulas", Appl. Math. Lett. 2,
  /// 1989), with Hermite's cubic between its steps.
  public static let bogackiShampine: ButcherTableau = {
    let weights = [2.0 / 9, 1.0 / 3, 4.0 / 9, 0]
    return ButcherTableau(
      name: "bosh3", order: 3,
      nodes: [0, 1 / 2, 3 / 4, 1],
      coefficients: [[], [1 / 2], [0, 3 / 4], [2 / 9, 1 / 3, 4 / 9]],
      weights: weights,
      errorWeights: [2 / 9 - 7 / 24, 1 / 3 - 1 / 4, 4 / 9 - 1 / 3, -1 / 8],
      interpolant: .cubic(weights: weights))
  }()

  /// Dormand and Prince's 5(4) pair ("A family of embedded Runge-Kutta formulae", J. Comput. Appl.
  /// Math. 6, 1980) with the embedded method and middle of Shampine (1986), as torchdiffeq's
  /// `dopri5` has them.
  public static let dormandPrince: ButcherTableau = {
    let weights = [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0]
    let embedded = [
      1951.0 / 21600, 0, 22642.0 / 50085, 451.0 / 720, -12231.0 / 42400, 649.0 / 6300, 1.0 / 60,
    ]
    let middle: [Double] = [
      6_025_192_743 / 30_085_553_152 / 2, 0, 51_252_292_925 / 65_400_821_598 / 2,
      -2_691_868_925 / 45_128_329_728 / 2, 187_940_372_067 / 1_594_534_317_056 / 2,
      -1_776_094_331 / 19_743_644_256 / 2, 11_237_099 / 235_043_384 / 2,
    ]
    return ButcherTableau(
      name: "dopri5", order: 5,
      nodes: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
      coefficients: [
        [],
        [1 / 5],
        [3 / 40, 9 / 40],
        [44 / 45, -56 / 15, 32 / 9],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
        Array(weights.dropLast()),
      ],
      weights: weights,
      errorWeights: zip(weights, embedded).map { $0 - $1 },
      interpolant: .quartic(weights: weights, middle: middle))
  }()
}
