import Foundation
import Tensors
import Testing

@testable import Verification

@Suite("Dynamical systems") struct DynamicalSystemTests {
  @Test("growth rates are the largest real parts of eigenvalues")
  func growthRates() {
    func rate(_ matrix: [Double]) -> Double {
      let n = Int(Double(matrix.count).squareRoot())
      return LinearSystem(Tensor(matrix, shape: [n, n])).growthRate
    }
    #expect(abs(rate([-3]) + 3) < 1e-9)
    #expect(abs(rate([-1, 0, 0, -2]) + 1) < 1e-9)
    #expect(abs(rate([0, -1, 1, -1]) + 0.5) < 1e-9)  // -1/2 ± i √3/2
    #expect(abs(rate([0, 1, -1, 0])) < 1e-9)  // ± i
    #expect(abs(rate([-1, 1e3, 0, -1]) + 1) < 1e-6)  // one eigenvector
    #expect(abs(rate([-1e6, 0, 0, -2e-3]) + 2e-3) < 1e-6)
    #expect(rate([0, 0, 0, 0]) == 0)
    for scale in [1e300, 1e-300] {
      #expect(abs(rate([-scale]) / scale + 1) < 1e-9)
      #expect(abs(rate([0, -scale, scale, -scale]) / scale + 0.5) < 1e-9)
    }
    #expect(abs(rate([0, 1, 0, 0, 0, 1, -6, -11, -6]) + 1) < 1e-8)  // -1, -2, -3
  }

  @Test("quadratic functions solve Lyapunov's equation")
  func lyapunovEquation() throws {
    let a = Tensor([-1.0, 1, 0.1, -2], shape: [2, 2])
    let q = Tensor([2.0, 0.5, 0.5, 1], shape: [2, 2])
    let p = try #require(LinearSystem(a).lyapunovMatrix(decay: q))
    let rest = a.transposed.matmul(p) + p.matmul(a) + q
    #expect(rest.magnitude.max().item < 1e-13)
    #expect(p.symmetricEigen.values.doubles[0] > 0)
  }

  @Test("formulas and closures make the same field, with the same derivative")
  func formulas() throws {
    let written = try DynamicalSystem(
      states: ["x", "y"], parameters: ["mu": 1.5],
      equations: [Formula("-y"), Formula("x - mu*(1 - x^2)*y")], equilibrium: [0, 0],
      box: [-2...2, -3...3])
    let built = DynamicalSystem(
      equilibrium: [0, 0], box: [-2...2, -3...3]
    ) { x in .concatenated([-x[1], x[0] - 1.5 * (1 - x[0].squared) * x[1]]) }
    let places = RandomGenerator(seed: 0).normal([7, 2], dtype: .float64)
    let difference = written.velocities(at: places) - built.velocities(at: places)
    #expect(difference.magnitude.max().item < 1e-13)
    #expect(written.linearization.doubles == [0, -1, 1, -1.5])
  }

  @Test("mistakes are named")
  func mistakes() throws {
    func error(
      _ equations: [String], at equilibrium: [Double] = [0, 0],
      box: [ClosedRange<Double>] = [-1...1, -1...1]
    ) throws -> String {
      let formulas = try equations.map { try Formula($0) }
      let error = try #require(throws: (any Error).self) {
        try DynamicalSystem(
          states: ["x", "y"], equations: formulas, equilibrium: equilibrium, box: box)
      }
      return "\(error)"
    }
    #expect(
      try error(["-x", "-y"], box: [1...2, -1...1]).contains("found x = 0.0 for [1.0, 2.0]"))
    #expect(try error(["-x", "-y"], at: [.nan, 0]).contains("found x = nan"))
    #expect(try error(["-x + 0.001", "-y"]).contains("found dx/dt = 0.001 there"))
    #expect(try error(["-x", "x*y"]).contains("found the largest real part"))
    #expect(try error(["-x", "y"]).contains("the largest real part 1. It"))
    // What is out of any range is told before it is computed with.
    for number in ["1e300", "1e-300"] {
      #expect(try error(["-\(number)*x", "-\(number)*y"]).contains("1e-100 to 1e100 there, found"))
    }
    for edge in [1e308, 1e-308] {
      #expect(try error(["-x", "-y"], box: [-edge...edge, -1...1]).contains("found x in [-1e"))
    }
    let quotient = try error(["-x/x", "-y"])
    #expect(quotient.contains("expected a finite rate of x there, found nan"), "\(quotient)")
    #expect(try error(["-z", "-y"]).contains("equations.x: column 2 of '-z': there is no 'z'"))
    #expect(try error(["-sqrt(x + 0.5)*x", "-y"]).contains("sqrt(x + 0.5)*x': expected what is"))
    #expect(try error(["-sqrt(abs(x)) - x", "-y"]).contains("finite derivatives"))
  }
}
