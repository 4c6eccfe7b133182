import DifferentialEquations
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct MethodTests {
  static let adaptive = ButcherTableau.all.filter(\.isAdaptive)

  /// Without these the order conditions say nothing of times: the state at a stage is one at its node.
  @Test(arguments: ButcherTableau.all)
  func coefficientsAreConsistent(_ method: ButcherTableau) {
    let further = method.interpolant?.furtherStages ?? []
    let form = ClassicalForm(method)
    let nodes = method.implicitStages.map { $0.stages.map { method.nodes[$0] } } ?? method.nodes
    for (node, row) in zip(nodes + further.map(\.node), form.coefficients) {
      #expect(abs(row.reduce(0, +) - node) < 1e-14)
    }
    for (weight, sum) in zip(method.implicitStages?.timeWeights ?? [], form.timeWeights) {
      #expect(abs(weight - sum) < 1e-14)
    }
    if let interpolant = method.interpolant {
      #expect(interpolant.weights(at: 0).allSatisfy { $0 == 0 })
      for (end, weight) in zip(interpolant.weights(at: 1), method.weights + further.map { _ in 0 })
      {
        #expect(abs(end - weight) < 1e-12)
      }
      if !method.isExplicit { return }
      // Slopes at the ends are the derivatives there: outputs are smooth across steps.
      for (stage, terms) in interpolant.polynomials.enumerated() {
        let slope = terms.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
        #expect((terms.first ?? 0) == (stage == 0 ? 1 : 0))
        #expect(abs(slope - (stage == method.stageCount - 1 ? 1 : 0)) < 1e-7)
      }
    }
  }

  @Test func namesAreUnique() {
    let names = ButcherTableau.all.map(\.name)
    #expect(Set(names).count == names.count)
    for method in ButcherTableau.all { #expect(ButcherTableau.named(method.name) == method) }
    #expect(ButcherTableau.named("rk5") == nil)
    #expect(ButcherTableau.named("rk4") == .classicalRungeKutta)
    #expect(ButcherTableau.named("rk4-38") == .threeEighths)
    #expect(
      ButcherTableau.names(isAdaptive: true) == "adaptive-heun, bosh3, dopri5, dopri8 or rodas4")
    #expect(
      ButcherTableau.names(isAdaptive: false)
        == "euler, midpoint, heun, ssprk3, rk4, rk4-38, ssprk3-2, ssprk4-2, ssprk4-3, ssprk5-4 or "
        + "ssprk10-4")
  }

  /// What the order conditions cannot see: that steps put stages together as the tableau says.
  @Test(arguments: ButcherTableau.all)
  func errorFallsWithTheOrder(_ method: ButcherTableau) throws {
    let initial = column([1, -2])
    func error(_ steps: Int) throws -> Double {
      let solution = try solve(
        modulatedGrowth, from: initial, at: [0, 2], method: method, steps: .stepsPerInterval(steps))
      return largestError(solution.finalState, initial * exp(sin(2)))
    }
    // The error of `rodas4` changes its sign at about 20 steps.
    let steps = method.order > 5 ? 4 : method.isExplicit ? 20 : 60
    let order = log2(try error(steps) / error(2 * steps))
    #expect(abs(order - Double(method.order)) < 0.3, "\(method.name): \(order)")
  }

  @Test(arguments: adaptive)
  func errorInsideAStepFallsWithItsOrder(_ method: ButcherTableau) throws {
    // Far out on the orbit for large steps, nearer in for small ones.
    let (start, size) = method.order > 5 ? (3.0, 0.8) : (1.0, 0.1)
    func error(_ size: Double, at x: Double) throws -> Double {
      let solution = try solve(
        keplerField, from: keplerState(at: start), at: [0, x * size], method: method,
        steps: .fixedSequence(.shared([size])))
      return largestError(solution.finalState, keplerState(at: start + x * size))
    }
    for x in [0.35, 0.7] {
      let order = log2(try error(size, at: x) / error(size / 2, at: x))
      #expect(abs(order - Double(method.interpolant!.order + 1)) < 0.7, "\(method.name): \(order)")
    }
  }

  @Test(arguments: adaptive, [1e-4, 1e-7, 1e-10])
  func denseOutputIsAsAccurateAsAsked(_ method: ButcherTableau, _ tolerance: Double) throws {
    // A method of order 2 takes a step for each 1e-5 of time to a tolerance of 1e-10.
    if method.order == 2 && tolerance < 1e-6 { return }
    let times = (0...100).map { Double($0) * 0.03 }
    let steps = AdaptiveSteps(tolerance: Tolerance(tolerance), maximumSteps: 100_000)
    for norm in ErrorNorm.allCases where norm == .perBatch || method.order > 5 {
      var steps = steps
      steps.norm = norm
      let solution = try solve(
        modulatedGrowth, from: column([1]), at: times, method: method, steps: .adaptive(steps))
      let exact = Tensor(times.map { exp(sin($0)) }, shape: [times.count, 1, 1])
      #expect(largestError(solution.states, exact) < 50 * tolerance)
    }
  }

  @Test(arguments: adaptive.filter { $0.order > 2 })
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

  /// An ellipse of eccentricity 1/2 about a focus, from Kepler's equation E - e sin E = t.
  @Test(arguments: [1e-6, 1e-9, 1e-12])
  func anOrbitIsKeplers(_ tolerance: Double) throws {
    let times = [0, 0.7, 2, 4.4, 2 * Double.pi]
    let solution = try solve(
      keplerField, from: keplerState(at: 0), at: times, method: .dormandPrince8,
      steps: .adaptive(tolerance))
    for (index, time) in times.enumerated() {
      #expect(largestError(solution.states[index], keplerState(at: time)) < 300 * tolerance)
    }
    // The higher order pays where much is asked.
    let other = try solve(
      keplerField, from: keplerState(at: 0), at: times, steps: .adaptive(tolerance))
    let (few, many) = (solution.statistics, other.statistics)
    #expect(few.acceptedSteps < many.acceptedSteps)
    if tolerance < 1e-8 { #expect(few.evaluations < many.evaluations) }
  }

  /// Steps are chosen as torchdiffeq 0.2.5 chooses them: as many evaluations over a period, but for
  /// the further ones of the last step's output.
  @Test(arguments: [
    (ButcherTableau.dormandPrince, [(1e-3, 86), (1e-6, 218), (1e-9, 674)]),
    (.dormandPrince8, [(1e-3, 145), (1e-6, 262), (1e-9, 535)]),
  ])
  func evaluationsAreTorchdiffeqs(_ method: ButcherTableau, _ counts: [(Double, Int)]) throws {
    let further = method.interpolant!.furtherStages.count
    for (tolerance, count) in counts {
      let solution = try solve(
        keplerField, from: keplerState(at: 0), at: [0, 2 * .pi], method: method,
        steps: .adaptive(tolerance))
      #expect(solution.statistics.evaluations == count + further)
    }
  }
}
