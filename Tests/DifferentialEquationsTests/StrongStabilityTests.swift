import DifferentialEquations
import Testing

@Suite("Strong-stability-preserving coefficients")
struct StrongStabilityTests {
  @Test(
    "They are those of the literature",
    arguments: [
      (ButcherTableau.euler, 1.0), (.heun, 1), (.shuOsher, 1), (.midpoint, 0),
      (.classicalRungeKutta, 0), (.threeEighths, 0), (.dormandPrince, 0),
      (.strongStability3Order2, 2), (.strongStability4Order2, 3), (.strongStability4Order3, 2),
      (.strongStability10Order4, 6), (.strongStabilityOrder2(stages: 9), 8),
    ])
  func coefficients(_ method: ButcherTableau, _ expected: Double) {
    #expect(abs(method.strongStabilityCoefficient - expected) <= 1e-9)
  }

  @Test("That of five stages and order 4 is known to four digits")
  func fiveStages() {
    #expect(abs(ButcherTableau.strongStability5Order4.strongStabilityCoefficient - 1.508) < 5e-4)
  }

  @Test("Two Euler steps of half the size are one step of a method with coefficient 2")
  func composition() {
    let twice = ButcherTableau(
      name: "euler x 2", order: 1, nodes: [0, 1 / 2], coefficients: [[], [1 / 2]],
      weights: [1 / 2, 1 / 2])
    #expect(abs(twice.strongStabilityCoefficient - 2) <= 1e-9)
  }
}
