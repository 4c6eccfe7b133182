import DifferentialEquations
import Testing

@Suite("Strong-stability-preserving coefficients")
struct StrongStabilityTests {
  /// SSPRK(10,4) of Ketcheson (2008), whose coefficient is 6.
  private static let ketcheson: ButcherTableau = {
    let sixth = 1.0 / 6, fifteenth = 1.0 / 15
    let rows = (0..<10).map { row in
      (0..<row).map { row < 5 || $0 >= 5 ? sixth : fifteenth }
    }
    return ButcherTableau(
      name: "ssprk10-4", order: 4, nodes: rows.map { $0.reduce(0, +) }, coefficients: rows,
      weights: [Double](repeating: 0.1, count: 10))
  }()

  @Test(
    "They are those of the literature",
    arguments: [
      (ButcherTableau.euler, 1.0), (.heun, 1), (.shuOsher, 1), (.midpoint, 0),
      (.classicalRungeKutta, 0), (.threeEighths, 0), (.dormandPrince, 0), (ketcheson, 6),
    ])
  func coefficients(_ method: ButcherTableau, _ expected: Double) {
    #expect(abs(method.strongStabilityCoefficient - expected) <= 1e-9)
  }

  @Test("Two Euler steps of half the size are one step of a method with coefficient 2")
  func composition() {
    let twice = ButcherTableau(
      name: "euler x 2", order: 1, nodes: [0, 1 / 2], coefficients: [[], [1 / 2]],
      weights: [1 / 2, 1 / 2])
    #expect(abs(twice.strongStabilityCoefficient - 2) <= 1e-9)
  }
}
