import DifferentialEquations
import Foundation
import Tensors
import Testing

@Suite struct MethodTests {
  @Test(arguments: ButcherTableau.all)
  func coefficientsAreConsistent(_ method: ButcherTableau) {
    for (node, row) in zip(method.nodes, method.coefficients) {
      #expect(abs(row.reduce(0, +) - node) < 1e-14)
    }
    #expect(abs(method.weights.reduce(0, +) - 1) < 1e-14)
    if let weights = method.errorWeights { #expect(abs(weights.reduce(0, +)) < 1e-14) }
    if let interpolant = method.interpolant {
      #expect(interpolant.weights(at: 0).allSatisfy { $0 == 0 })
      for (end, weight) in zip(interpolant.weights(at: 1), method.weights) {
        #expect(abs(end - weight) < 1e-13)
      }
      for x in [0.25, 0.5, 0.9] {
        #expect(abs(interpolant.weights(at: x).reduce(0, +) - x) < 1e-7)
      }
    }
  }

  @Test(arguments: ButcherTableau.all)
  func errorFallsWithTheOrder(_ method: ButcherTableau) throws {
    let initial = column([1, -2])
    func error(_ steps: Int) throws -> Double {
      let solution = try solve(
        modulatedGrowth, from: initial, at: [0, 2], method: method, steps: .stepsPerInterval(steps))
      return largestError(solution.finalState, initial * exp(sin(2)))
    }
    let order = log2(try error(20) / error(40))
    #expect(abs(order - Double(method.order)) < 0.3, "\(method.name): \(order)")
  }

  @Test(arguments: [ButcherTableau.dormandPrince, .bogackiShampine], [1e-4, 1e-7, 1e-10])
  func denseOutputIsAsAccurateAsAsked(_ method: ButcherTableau, _ tolerance: Double) throws {
    let times = (0...100).map { Double($0) * 0.03 }
    let solution = try solve(
      modulatedGrowth, from: column([1]), at: times, method: method,
      steps: .adaptive(AdaptiveSteps(tolerance: Tolerance(tolerance), maximumSteps: 100_000)))
    let exact = Tensor(times.map { exp(sin($0)) }, shape: [times.count, 1, 1])
    #expect(largestError(solution.states, exact) < 50 * tolerance)
  }

  @Test(arguments: [ButcherTableau.dormandPrince, .bogackiShampine])
  func linearSystemsFollowTheMatrixExponential(_ method: ButcherTableau) throws {
    let generator = RandomGenerator(seed: 3)
    for size in [1, 2, 3, 5, 8] {
      let matrix = generator.normal([size, size], deviation: 0.7, dtype: .float64)
      let initial = generator.normal([4, size], dtype: .float64)
      let solution = try solve(
        { $0.matmul(matrix.transposed) }, from: initial, at: [0, 0.5, 1], method: method,
        steps: .adaptive(1e-9))
      for (index, time) in [(1, 0.5), (2, 1.0)] {
        let exact = initial.matmul(matrixExponential(matrix * time).transposed)
        #expect(relativeError(solution.states[index], exact) < 1e-7)
      }
    }
  }

  @Test func rotationsReturn() throws {
    let spin = Tensor([0.0, 1, -1, 0], shape: [2, 2])
    let initial = Tensor([1.0, 0, 0.3, -2], shape: [2, 2])
    let solution = try solve(
      { $0.matmul(spin) }, from: initial, at: [0, .pi / 2, 2 * .pi], steps: .adaptive(1e-10))
    #expect(largestError(solution.states[1], initial.matmul(spin)) < 1e-8)
    #expect(largestError(solution.finalState, initial) < 1e-8)
  }
}
