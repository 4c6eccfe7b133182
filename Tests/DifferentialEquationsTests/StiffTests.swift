import DifferentialEquations
import Foundation
import Tensors
import Testing

@Suite("Stiff fields")
struct StiffTests {
  /// Robertson's kinetics, rates from 0.04 to 3e7.
  private static let robertson: @Sendable (Tensor) -> Tensor = { y in
    let (a, b, c) = (y.part(0), y.part(1), y.part(2))
    let slow = a * -0.04 + b * c * 1e4
    let fast = b * b * 3e7
    return .concatenated([slow, -slow - fast, fast], along: 1)
  }

  /// Van der Pol's oscillator, y'' = μ (1 - y²) y' - y with μ = 1000.
  private static let vanDerPol: @Sendable (Tensor) -> Tensor = { y in
    let (place, speed) = (y.part(0), y.part(1))
    return .concatenated([speed, (1 - place * place) * speed * 1000 - place], along: 1)
  }

  @Test("Robertson's problem at t = 40 is that of a solver of order 5 at 1e-13, and keeps its mass")
  func kinetics() throws {
    let initial = Tensor([1.0, 0, 0], shape: [1, 3])
    // scipy 1.17, Radau at rtol 1e-13, atol 1e-18.
    let exact = Tensor(
      [0.715827068719405, 9.185534764557768e-06, 0.2841637457458302], shape: [1, 3])
    for norm in ErrorNorm.allCases {
      let solution = try solve(
        Self.robertson, from: initial, at: [0, 40], method: .rodas4,
        steps: .adaptive(
          AdaptiveSteps(tolerance: Tolerance(absolute: 1e-12, relative: 1e-7), norm: norm)))
      #expect(((solution.finalState - exact) / exact).magnitude.max().item < 1e-5)
      // The sum is an invariant of each linear system.
      #expect(abs(solution.finalState.sum().item - 1) < 1e-12)
      #expect(solution.statistics.acceptedSteps < 200)
    }
  }

  @Test("dopri5 needs more than 50 times the evaluations on Van der Pol's oscillator")
  func oscillator() throws {
    let initial = Tensor([2.0, 0], shape: [1, 2])
    let steps = AdaptiveSteps(tolerance: Tolerance(1e-3))
    let stiff = try solve(
      Self.vanDerPol, from: initial, at: [0, 500], method: .rodas4, steps: .adaptive(steps))
    // scipy 1.17, Radau at 1e-13.
    #expect(abs(stiff.finalState[0][0].item - 1.596_768_951_052_7) < 5e-3)
    let evaluations = stiff.statistics.evaluations
    var few = steps
    few.maximumSteps = 50 * evaluations / ButcherTableau.dormandPrince.evaluationsPerStep + 1
    let failure = #expect(throws: IntegrationFailure.self) {
      try solve(Self.vanDerPol, from: initial, at: [0, 500], steps: .adaptive(few))
    }
    #expect(failure?.cause == .tooManySteps(limit: few.maximumSteps))
    #expect(evaluations < 1000)
  }

  @Test("What decays at once is gone after one step of any length; the slow part is left")
  func decay() throws {
    // Prothero and Robinson's: y' = λ (y - cos t) - sin t, whose solution cos t draws all others.
    let rate = -1e8
    let step = try solve(
      { t, y in (y - cos(t)) * rate - sin(t) }, from: column([1.5]), at: [0, 0.1], method: .rodas4,
      steps: .stepsPerInterval(1))
    #expect(abs(step.finalState.item - cos(0.1)) < 1e-4)
  }

  @Test("Derivatives are those of what was computed, the Jacobian's own included")
  func gradients() throws {
    let steps = StepControl.fixedSequence(.shared([0.2, 0.3, 0.5]))
    func end(_ values: Tensor, _ weight: Tensor, _ mode: GradientMode = .direct) throws -> Tensor {
      try solve(
        { y in (y * weight).sin * -3 + y.squared }, from: values, at: [0, 1], method: .rodas4,
        steps: steps, gradients: mode
      ).finalState.sum()
    }
    let values = Tensor([0.4, -0.2, 0.1, 0.7], shape: [2, 2]).differentiable()
    let weight = Tensor([1.3, 0.6], shape: [2]).differentiable()
    let found = gradient(of: try end(values, weight), wrt: [values, weight])
    let taped = gradient(
      of: try end(values, weight, .checkpointed(parameters: [weight])), wrt: [values, weight])
    for (one, other) in zip(found, taped) { #expect(largestError(one, other) < 1e-13) }
    for (index, input) in [values, weight].enumerated() {
      for place in 0..<input.count {
        let unit = Tensor(
          (0..<input.count).map { $0 == place ? 1e-5 : 0 }, shape: input.shape)
        let around = try withoutGradients {
          try [1.0, -1].map { sign in
            let moved = input.detached + unit * sign
            return try (index == 0 ? end(moved, weight) : end(values, moved)).item
          }
        }
        let slope = found[index].reshaped([-1])[place].item
        #expect(abs(slope - (around[0] - around[1]) / 2e-5) < 1e-8)
      }
    }
  }

  @Test("A sample's result is its own, whatever the others of its batch do")
  func samples() throws {
    let initial = Tensor([2.0, 0, -1.5, 0.3, 0.1, 0], shape: [3, 2])
    let steps = StepControl.adaptive(1e-6, norm: .perSample)
    let together = try solve(
      Self.vanDerPol, from: initial, at: [0, 0.5, 1], method: .rodas4, steps: steps)
    for row in 0..<3 {
      let alone = try solve(
        Self.vanDerPol, from: initial.sliced(row..<row + 1), at: [0, 0.5, 1], method: .rodas4,
        steps: steps)
      #expect(largestError(together.states.sliced(row..<row + 1, along: 1), alone.states) < 1e-9)
    }
  }

  @Test("Where implicit stages cannot serve, and where a tolerance cannot be met, is said before")
  func refusals() throws {
    let error = #expect(throws: ProblemError.self) {
      try solve(
        { -$0 }, from: column([1]), at: [0, 1], method: .rodas4,
        gradients: .adjoint(parameters: []))
    }
    #expect("\(try #require(error))".hasSuffix("take adaptive-heun, bosh3, dopri5 or dopri8"))
    #expect(throws: ProblemError.notExplicit(method: "rodas4", purpose: "a field with a delay")) {
      try solve(
        DelayField(delay: 1) { _, y, _ in -y }, history: { _ in column([1]) }, at: [0, 1],
        method: .rodas4, stepsPerDelay: 2)
    }
    let single = Tensor([1.0], shape: [1, 1]).to(.float32)
    #expect(
      throws: ProblemError.toleranceBelowRounding(
        tolerance: 1e-12, dtype: .float32, rounding: Double(Float.ulpOfOne) / 2)
    ) { try solve({ -$0 }, from: single, at: [0, 1], steps: .adaptive(1e-12)) }
    let advised = #expect(throws: ProblemError.self) {
      try IntegrationFailure.advising([.loosenTolerance: "loosen flow.tolerance"]) {
        try solve({ -$0 }, from: single, at: [0, 1], steps: .adaptive(1e-12))
      }
    }
    #expect("\(try #require(advised))".contains("no step can meet it; loosen flow.tolerance, or"))
    _ = try solve({ -$0 }, from: column([1]), at: [0, 1], steps: .adaptive(1e-12))
    // A state of 1e-9 can be known to an absolute 1e-12.
    _ = try solve(
      { -$0 }, from: single * 1e-9, at: [0, 1],
      steps: .adaptive(AdaptiveSteps(tolerance: Tolerance(absolute: 1e-12, relative: 1e-3))))
  }
}

extension Tensor {
  /// An element of each row, [N, 1].
  fileprivate func part(_ index: Int) -> Tensor { sliced(index..<index + 1, along: 1) }
}
