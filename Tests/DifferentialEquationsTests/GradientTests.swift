import DifferentialEquations
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct GradientTests {
  let field = TestField(dimension: 4, hidden: 9, seed: 7, dtype: .float64)
  let initial = RandomGenerator(seed: 8).normal([3, 4], dtype: .float64)
  let times = [0, 0.4, 1.1, 1.5]

  func loss(_ states: Tensor) -> Tensor { states[1].sum() + states[3].squared.sum() }

  /// With the steps frozen, the direct gradient is that of what was computed.
  @Test(arguments: ErrorNorm.allCases)
  func directGradientsAreThoseOfTheFrozenSteps(_ norm: ErrorNorm) throws {
    let leaf = initial.differentiable()
    let solution = try solve(
      { field($0) }, from: leaf, at: times, steps: .adaptive(1e-2, norm: norm))
    let derivative = gradient(of: loss(solution.states), wrt: [leaf])[0]
    let direction = RandomGenerator(seed: 9).normal([3, 4], dtype: .float64)
    func value(_ step: Double) throws -> Double {
      try withoutGradients {
        loss(
          try solve(
            { field($0) }, from: initial + direction * step, at: times,
            steps: .fixedSequence(solution.steps)
          ).states
        ).item
      }
    }
    let difference = (try value(1e-5) - value(-1e-5)) / 2e-5
    #expect(abs((derivative * direction).sum().item - difference) < 1e-7 * abs(difference))
  }

  @Test(arguments: [
    StepControl.adaptive(1e-10), .adaptive(1e-10, norm: .perSample), .stepsPerInterval(60),
  ])
  func theAdjointAgreesWithDirectGradients(_ steps: StepControl) throws {
    func gradients(_ mode: GradientMode, _ leaf: Tensor) throws -> ([Tensor], AdjointRecord?) {
      let solution = try solve(
        .timed { t, y in field(y) * (1 + t) }, from: leaf, at: times, steps: steps, gradients: mode)
      return (
        gradient(of: loss(solution.states), wrt: [leaf] + field.parameters), solution.adjoint
      )
    }
    let leaf = initial.differentiable()
    let (direct, none) = try gradients(.direct, leaf)
    let (adjoint, record) = try gradients(.adjoint(parameters: field.parameters), leaf)
    #expect(none == nil)
    #expect(record?.statistics.map { $0.evaluations > 0 } == true && record?.failure == nil)
    for (a, b) in zip(adjoint, direct) { #expect(relativeError(a, b) < 1e-7) }
  }

  @Test func theAdjointOfAConstantFieldIsTheIdentity() throws {
    let leaf = initial.differentiable()
    let solution = try solve(
      { Tensor.ones(like: $0) }, from: leaf, at: [0, 1, 2], gradients: .adjoint(parameters: []))
    let derivative = gradient(of: solution.finalState.sum(), wrt: [leaf])[0]
    #expect(areIdentical(derivative, Tensor.ones(like: initial)))
  }

  /// A backward pass cannot throw: it gives NaN and keeps the failure.
  @Test func aFailingAdjointGivesNaN() throws {
    let leaf = initial.differentiable()
    nonisolated(unsafe) var isBroken = false
    let solution = try solve(
      { y in isBroken ? y + .nan : y * -1 }, from: leaf, at: [0, 1],
      gradients: .adjoint(parameters: []))
    isBroken = true
    let derivative = gradient(of: solution.finalState.sum(), wrt: [leaf])[0]
    #expect(derivative.doubles.allSatisfy { $0.isNaN })
    let failure = try #require(solution.adjoint?.failure as? IntegrationFailure)
    #expect(failure.cause == .nonFiniteDerivative && failure.samples.isEmpty)
  }

  /// Every recorded evaluation holds a witness that lives as long as the graph.
  @Test func onlyAcceptedStepsStayInTheGraph() throws {
    final class Census { var alive = 0 }
    final class Witness {
      let census: Census
      init(_ census: Census) {
        self.census = census
        census.alive += 1
      }
      deinit { census.alive -= 1 }
    }
    let census = Census()
    func check(_ norm: ErrorNorm) throws {
      let leaf = Tensor.ones([1, 4], dtype: .float64).differentiable()
      let steps = AdaptiveSteps(tolerance: Tolerance(1e-6), norm: norm, firstStep: 3)
      let solution = try solve(
        { y in
          let witness = Witness(census)
          return withBackward([y]) {
            let sine = (y * 3).sin
            return (
              [sine],
              { gradients in
                withExtendedLifetime(witness) { [gradients[0].map { $0 * (y * 3).cos * 3 }] }
              }
            )
          }[0]
        }, from: leaf, at: [0, 1], steps: .adaptive(steps))
      #expect(solution.statistics.rejectedSteps > 0)
      #expect(census.alive == 1 + 6 * solution.statistics.acceptedSteps)
    }
    for norm in ErrorNorm.allCases {
      try check(norm)
      #expect(census.alive == 0, "the graph should be gone with the solution")
    }
  }
}
